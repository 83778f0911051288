/* A pointer message somewhere in a region: the input is its descriptor's words and the region. */
#include <stdlib.h>
#include <string.h>

#include "wire/pointer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t shape[CURSOR_MAX_BYTES];
	struct cursor cursor = { 0 };
	uint32_t words[3];

	if (size < sizeof(words))
		return 0;
	memcpy(words, data, sizeof(words));
	size -= sizeof(words);
	uint8_t *region = malloc(size ? size : 1);
	memcpy(region, data + sizeof(words), size);
	int ret = wire_pointer_read(region, size, words[0], words[1], words[2], &cursor, shape);
	if (ret == 0 && cursor.has_shape &&
	    (!cursor_shape_valid(&cursor.shape) ||
	     cursor_shape_bytes(&cursor.shape) > CURSOR_MAX_BYTES))
		abort();
	free(region);
	return 0;
}
