/* vm/helper/place.h - small texts of the kernel's. Paths are made of fixed parts and words that
 * verb_word_fits() let pass.
 */
#ifndef VM_HELPER_PLACE_H
#define VM_HELPER_PLACE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

enum { PLACE_LENGTH = 512, PLACE_TEXT = 4096 };

/* A path, for anything that is not here. */
void place(char out[PLACE_LENGTH], const char *format, ...) PRINTF_LIKE(2, 3);

bool place_is(const char *format, ...) PRINTF_LIKE(1, 2);

/* The text without the ends of lines that close it. 0 or a negative errno; then `out` is "". */
int place_read(char out[PLACE_TEXT], const char *format, ...) PRINTF_LIKE(2, 3);

/* A number, whatever its base; `otherwise` where there is none. */
long long place_number(long long otherwise, const char *format, ...) PRINTF_LIKE(2, 3);

/* The last part of where a link points to. 0 or a negative errno; then `out` is "". */
int place_link(char out[PLACE_TEXT], const char *format, ...) PRINTF_LIKE(2, 3);

/* In a child of its own, which may hang in the kernel: -ETIMEDOUT after some seconds, and nobody
 * knows then whether it will still come about. Success says only that the kernel took the text. */
int place_write(const char *text, const char *format, ...) PRINTF_LIKE(2, 3);

/* place_write() of a text without end of line, and an end of line. `err` names both. */
int place_set(struct err *err, const char *text, const char *format, ...) PRINTF_LIKE(3, 4);

#endif
