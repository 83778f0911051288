/* tests/e2e/clip/words.h - what guest and host both can make, and know again. Plain C. */
#ifndef TESTS_E2E_CLIP_WORDS_H
#define TESTS_E2E_CLIP_WORDS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Fills `out` with UTF-8 in lines of several lengths, whole letters only. */
static inline void words_text(char *out, size_t size)
{
	size_t used = 0;

	for (unsigned i = 0; used < size; i++) {
		char line[64];
		int length = snprintf(line, sizeof(line), "%u: gr\xc3\xbc\xc3\x9f \xe4\xb8\x96%s\n",
				      i, i % 3 ? "" : " \xf0\x9f\x90\xa7");

		if (used + (size_t)length > size) {
			memset(out + used, '.', size - used);
			return;
		}
		memcpy(out + used, line, (size_t)length);
		used += (size_t)length;
	}
}

/* What is no text: every byte there is. */
static inline void words_picture(char *out, size_t size)
{
	for (size_t i = 0; i < size; i++)
		out[i] = (char)(i * 131 + i / 253);
}

/* FNV-1a. */
static inline uint64_t words_digest_more(uint64_t sum, const void *bytes, size_t size)
{
	const uint8_t *at = bytes;

	for (size_t i = 0; i < size; i++)
		sum = (sum ^ at[i]) * 0x100000001b3u;
	return sum;
}

static inline uint64_t words_digest(const void *bytes, size_t size)
{
	return words_digest_more(0xcbf29ce484222325u, bytes, size);
}

#endif
