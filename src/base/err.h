/* base/err.h - errors with words.
 *
 * Functions return 0, a negative errno (something is broken: pass it on), or a positive ROOM_E_*
 * (an answer that the caller must handle). Where a person has to act, the function also takes a
 * `struct err *` and says there what was read, why it will not do and what would. Out-parameters
 * are untouched on failure.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#ifdef __MINGW32__
#define PRINTF_LIKE(at, first) __attribute__((format(gnu_printf, at, first)))
#else
#define PRINTF_LIKE(at, first) __attribute__((format(printf, at, first)))
#endif

struct err {
	int code;       /* what the function returned */
	char text[508]; /* one sentence or two, no newline at the end */
};

/* Fills `err` (NULL is fine: nobody wants the words) and returns `code`, so that a caller can
 * write `return err_set(err, -EINVAL, ...)`. */
int err_set(struct err *err, int code, const char *format, ...) PRINTF_LIKE(3, 4);

/* As err_set(), with ": " and the system's text for -code appended. */
int err_set_errno(struct err *err, int code, const char *format, ...) PRINTF_LIKE(3, 4);

#endif
