#include "vm/helper/undo.h"

#include "base/clock.h"
#include "vm/helper/deed.h"
#include "vm/helper/hooks.h"
#include "vm/helper/steps.h"

static int (*const undoers[UNDO_KINDS])(const struct undoing *undoing, struct err *err) = {
	[UNDO_POWER] = undo_power,       [UNDO_DRIVER] = undo_driver,
	[UNDO_OVERRIDE] = undo_override, [UNDO_RESET] = undo_reset,
	[UNDO_VFS] = undo_vfs,           [UNDO_PROBE] = undo_probe,
	[UNDO_VGPU] = undo_vgpu,         [UNDO_MDEV] = undo_mdev,
	[UNDO_NODE] = undo_node,         [UNDO_CONSOLES] = undo_consoles,
	[UNDO_SESSION] = undo_session,   [UNDO_UNIT] = undo_unit,
	[UNDO_MODULE] = undo_module,     [UNDO_PAGES] = undo_pages,
	[UNDO_MACVTAP] = undo_macvtap,
};

int undo_to(struct journal *self, unsigned keep, struct err *err)
{
	uint64_t until = clock_ns() + (uint64_t)hook_patience(DEED_HOLDERS_MS) * NS_PER_MS;
	bool all_back = true;
	int result = 0;

	for (unsigned i = self->count; i-- > keep;) {
		struct err why = { 0 };
		int failed = journal_undo(self, i, undoers[self->lines[i].kind], until, all_back,
					  &why);
		if (failed && !result)
			result = err_set(err, failed, "%s", why.text);
		all_back &= !failed;
	}
	return result;
}
