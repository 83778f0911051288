/* tests/e2e/up/line.h - a machine's console, by `oriel console`, as it is typed at and read.
 *
 * There is one at a time. It keeps nothing for who comes later. Everything here fails the running
 * test case by itself.
 */
#ifndef TESTS_E2E_UP_LINE_H
#define TESTS_E2E_UP_LINE_H

#include <stdbool.h>

/* To that machine; hangs up first. */
void line_call(const char *machine);
void line_hang_up(void);

void line_say(const char *words);

/* What has come has these words in it. Does not wait. */
bool line_hears(const char *words);

/* All that has come since the call; until the next line_hears() or line_expect(). */
const char *line_heard(void);

/* Waits for the words as long as a guest may need to boot. */
void line_expect(const char *words);

#endif
