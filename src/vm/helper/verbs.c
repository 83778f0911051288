#include "vm/helper/verbs.h"

const struct verb verbs[VERB_KINDS] = {
	[VERB_BIND] = { "bind", { WORD_ADDRESS } },
	[VERB_DESKTOP] = { "desktop", { WORD_UNIT } },
	[VERB_CONSOLES] = { "consoles", { WORD_NONE } },
	[VERB_GROUP] = { "group", { WORD_ADDRESS } },
	[VERB_LOCK] = { "lock", { WORD_COUNT } },
	[VERB_MACVTAP] = { "macvtap", { WORD_INTERFACE, WORD_INTERFACE, WORD_MAC } },
	[VERB_MDEV] = { "mdev", { WORD_ADDRESS, WORD_TYPE, WORD_UUID } },
	[VERB_PAGES] = { "pages", { WORD_PAGE, WORD_COUNT } },
	[VERB_RESET] = { "reset", { WORD_ADDRESS, WORD_METHODS } },
	[VERB_SLEEP] = { "sleep", { WORD_ADDRESS, WORD_SWITCH } },
	[VERB_UNLOAD] = { "unload", { WORD_MODULES } },
	[VERB_VFS] = { "vfs", { WORD_ADDRESS, WORD_COUNT } },
	[VERB_VGPU] = { "vgpu", { WORD_ADDRESS, WORD_COUNT } },
};
