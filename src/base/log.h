/* base/log.h - one line to stderr, or to nobody.
 *
 * Silent until log_open(): a library must not print, so only programs open it. The level comes
 * from ORIEL_LOG (error, warn, info, debug), else from log_open(). Colours only on a terminal and
 * never with NO_COLOR set. Any thread; a line is written with one write and may block on stderr,
 * so the hot path logs nothing.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/err.h"

enum log_level { LOG_NOTHING, LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

/* `program` stands before each line and must outlive the process. */
void log_open(const char *program, enum log_level level);

/* Is a line of this level written at all? For callers that would have to compute it. */
int log_enabled(enum log_level level);

void log_line(enum log_level level, const char *format, ...) PRINTF_LIKE(2, 3);

#define log_error(...) log_line(LOG_ERROR, __VA_ARGS__)
#define log_warn(...)  log_line(LOG_WARN, __VA_ARGS__)
#define log_info(...)  log_line(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_line(LOG_DEBUG, __VA_ARGS__)

#endif
