/* tests/e2e/up/rig.h - a person with a terminal, folders of their own, and machines' files.
 *
 * Everything here fails the running test case by itself.
 */
#ifndef TESTS_E2E_UP_RIG_H
#define TESTS_E2E_UP_RIG_H

#include <gio/gio.h>

#include "../guest.h"

extern char rig_folder[GUEST_FOLDER_SIZE];

/* What the last rig_type() gave; the strings live until the next. */
extern struct rig_answer {
	int status;
	char *output, *errors;
} rig_answer;

/* Folders, environment; once, before any case. */
int rig_begin(void);

/* Ends every machine and removes the folders. */
void rig_end(void);

/* FOLDER/NAME.yaml: a small emulated machine without a system; `more` are further lines. */
void rig_write(const char *name, const char *more);
void rig_write_of(const char *name, const char *memory, const char *more);

/* Runs `oriel WORD...` to its end, NULL ends; a minute is an error. */
void rig_type(const char *word, ...) G_GNUC_NULL_TERMINATED;

/* The same, and it must go well. */
#define rig_do(...)                                                                                \
	do {                                                                                       \
		rig_type(__VA_ARGS__, NULL);                                                       \
		if (rig_answer.status != 0)                                                        \
			test_fail("status %d: %s", rig_answer.status, rig_answer.errors);          \
	} while (0)

/* The same, in the background; its standard error goes to FOLDER/FILE. */
GSubprocess *rig_start(const char *file, const char *word, ...) G_GNUC_NULL_TERMINATED;

/* Its exit status once it has ended by itself; half a minute more is an error. */
int rig_await(GSubprocess *process);

/* Of a file in the folder; "" where there is none. To be freed. */
char *rig_read(const char *file);

/* Waits until the file has that text. */
void rig_await_text(const char *file, const char *text);

/* Nothing is left in the run folder. */
void rig_check_clean(void);

/* The number behind "pid" in `oriel ls --json`, of the only machine: who keeps it. */
int rig_keeper(void);

#endif
