/* vm/helper/steps.h - what the verbs do, and how each of a journal's lines is undone. In steps_*.c,
 * by subject.
 *
 * A verb gets words that fit, notes what is there, changes it and looks whether it has changed.
 * `value` is its answer. An undoing finds out what is there now, since it may be called for
 * anything: that was never done, that is undone already, or whose device is gone.
 */
#ifndef VM_HELPER_STEPS_H
#define VM_HELPER_STEPS_H

#include "vm/helper/caller.h"
#include "vm/helper/journal.h"

struct helper {
	struct caller caller;
	struct journal journal;
};

#define STEP(name)                                                                                 \
	int name(struct helper *self, char *const words[VERB_WORDS], char value[WORD_LENGTH],      \
		 struct err *err)
#define UNDO(name) int name(const struct undoing *self, struct err *err)

/* steps_pci.c */
STEP(step_bind);
STEP(step_reset);
STEP(step_sleep);
UNDO(undo_power);
UNDO(undo_driver);
UNDO(undo_override);
UNDO(undo_reset);

/* steps_parts.c */
STEP(step_vfs);
STEP(step_vgpu);
STEP(step_mdev);
UNDO(undo_vfs);
UNDO(undo_probe);
UNDO(undo_vgpu);
UNDO(undo_mdev);

/* steps_user.c */
STEP(step_group);
STEP(step_lock);
STEP(step_pages);
UNDO(undo_node);
UNDO(undo_pages);

/* A group's node to the caller. */
int step_give_group(struct helper *self, int group, struct err *err);

/* steps_desktop.c */
STEP(step_desktop);
STEP(step_consoles);
STEP(step_unload);
UNDO(undo_consoles);
UNDO(undo_session);
UNDO(undo_unit);
UNDO(undo_module);

/* steps_net.c */
STEP(step_macvtap);
UNDO(undo_macvtap);

#endif
