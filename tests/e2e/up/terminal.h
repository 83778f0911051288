/* tests/e2e/up/terminal.h - a person at a terminal of 80 columns: one at a time.
 *
 * Everything here fails the running test case by itself.
 */
#ifndef TESTS_E2E_UP_TERMINAL_H
#define TESTS_E2E_UP_TERMINAL_H

#include <glib.h>
#include <stdbool.h>

#define TERMINAL_CTRL_C "\003"
#define TERMINAL_WIPE   "\r\033[K" /* what a line that is written again begins with */

/* Types `oriel WORD...`, NULL ends, in rig_folder. */
void terminal_open(const char *word, ...) G_GNUC_NULL_TERMINATED;

void terminal_type(const char *text);

/* Has it shown that up to now? */
bool terminal_has(const char *text);

/* Waits until it has; a minute is an error. */
void terminal_await(const char *text);

/* Columns of the longest line. */
unsigned terminal_widest(void);

/* Waits for the command's end: its exit status. What it showed stays. */
int terminal_close(void);

/* Whatever a case that failed left behind. */
void terminal_end(void);

#endif
