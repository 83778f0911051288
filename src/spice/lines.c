#include "spice/lines.h"

#include <string.h>

GBytes *lines_from_guest(const void *text, size_t size)
{
	const char *from = text;

	while (size > 0 && from[size - 1] == '\0')
		size--;
	if (!g_utf8_validate_len(from, size, NULL))
		return NULL;
	char *out = g_malloc(size + 1);
	size_t length = 0;
	for (size_t i = 0; i < size; i++)
		if (from[i] != '\r' || i + 1 == size || from[i + 1] != '\n')
			out[length++] = from[i];
	return g_bytes_new_take(out, length);
}

GBytes *lines_to_crlf(const void *text, size_t size)
{
	const char *from = text;
	size_t ends = 0, length = 0;

	for (size_t i = 0; i < size; i++)
		ends += from[i] == '\n';
	char *out = g_malloc(size + ends + 1);
	for (size_t i = 0; i < size; i++) {
		if (from[i] == '\n' && (i == 0 || from[i - 1] != '\r'))
			out[length++] = '\r';
		out[length++] = from[i];
	}
	return g_bytes_new_take(out, length);
}
