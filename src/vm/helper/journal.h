/* vm/helper/journal.h - what was there before we changed it: /run/oriel/undo/UID-MACHINE.
 *
 * A line is written, and synced, before each change, and taken off once it is undone; so after
 * whatever death, the file says what is still to be given back, and to give back twice does no
 * harm. The last line may be half a line: its change was never begun. A boot clears /run, and what
 * the lines speak of.
 *
 * Only root can read or write there. Whoever uses a journal has it locked.
 */
#ifndef VM_HELPER_JOURNAL_H
#define VM_HELPER_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "vm/helper/verbs.h"

enum undo_kind {
	UNDO_POWER,    /* of a device: d3cold_allowed, power/control */
	UNDO_DRIVER,   /* of a device */
	UNDO_OVERRIDE, /* of a device */
	UNDO_RESET,    /* of a device: its methods */
	UNDO_VFS,      /* of a device: how many */
	UNDO_PROBE,    /* of a device: do its virtual functions get drivers by themselves? */
	UNDO_VGPU,     /* of a virtual function: its type */
	UNDO_MDEV,     /* its UUID, and whose part it is */
	UNDO_NODE,     /* of a group: user, group */
	UNDO_CONSOLES, /* driver of the frame buffer, or -, and whether it is bound */
	UNDO_SESSION,  /* of a user, that is ours */
	UNDO_UNIT,     /* that ran */
	UNDO_MODULE,   /* that was loaded */
	UNDO_PAGES,    /* of a size: how many */
	UNDO_MACVTAP,  /* its name */
	UNDO_KINDS,
};

/* The first word says of what the line speaks. */
extern const struct verb undo_lines[UNDO_KINDS];

enum { JOURNAL_LINES = 256, JOURNAL_BYTES = JOURNAL_LINES * 128, JOURNAL_NAME = 80 };

struct undo_line {
	enum undo_kind kind;
	char words[VERB_WORDS][WORD_LENGTH]; /* "" where there is none */
};

/* For whoever undoes one. */
struct undoing {
	char (*words)[WORD_LENGTH];
	uint64_t until; /* clock_ns(): wait no longer for others to let go */
};

struct journal {
	int fd; /* open as long as it is locked */
	char name[JOURNAL_NAME];
	unsigned count;
	struct undo_line lines[JOURNAL_LINES];
};

/* Pure. `line` counts from 1 where the text is not understood. 0 or -EINVAL. */
int journal_parse(struct journal *self, const char *text, unsigned *line);

/* Locks it, and reads what is in it from before. With `must_exist`, -ENOENT where there is none. 0
 * or a negative errno; -EAGAIN: its machine runs. */
int journal_open(struct journal *self, const char *name, bool must_exist, struct err *err);

/* An empty one is removed. */
void journal_close(struct journal *self);

/* "1000-win11" */
void journal_name(char out[JOURNAL_NAME], uid_t uid, const char *machine);

/* Before the change. What this journal has already is not written again: the first state counts.
 * Where another machine has the same thing, either that is refused (-EBUSY), or, where many can
 * share it, its first state is ours. */
int journal_note(struct journal *self, enum undo_kind kind, const char *const words[VERB_WORDS],
		 struct err *err);

/* Undoes a line by `undo` and, with `cut`, takes it and all after it off; unless
 * another machine shares its thing, which then gives it back: then it is only taken off. */
int journal_undo(struct journal *self, unsigned line,
		 int (*undo)(const struct undoing *undoing, struct err *err), uint64_t until,
		 bool cut, struct err *err);

/* Takes off what is beyond the first `count`. */
void journal_cut(struct journal *self, unsigned count);

/* Calls `each` with the name of every journal there is. */
void journal_each(void (*each)(void *data, const char *name), void *data);

#endif
