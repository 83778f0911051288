/* A pointer's shape from outside: sizes first, then its bytes, of which there are as many as it
 * said. */
#include <stdlib.h>
#include <string.h>

#include "pixel/cursor.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint32_t words[4];

	if (size < sizeof(words))
		return 0;
	memcpy(words, data, sizeof(words));
	struct cursor_shape shape = {
		.type = words[0], .width = words[1], .height = words[2], .pitch = words[3]
	};
	if (!cursor_shape_valid(&shape))
		return 0;
	uint8_t *bytes = calloc(1, cursor_shape_bytes(&shape));
	uint32_t *out = malloc(4 * (size_t)shape.width * shape.height);
	size_t there = size - sizeof(words);
	memcpy(bytes, data + sizeof(words),
	       there < cursor_shape_bytes(&shape) ? there : cursor_shape_bytes(&shape));
	shape.data = bytes;
	cursor_shape_to_argb(&shape, out);
	free(bytes);
	free(out);
	return 0;
}
