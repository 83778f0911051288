/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * view/sanitized.c - of sanitized builds only: what is not lost although it looks so.
 */
#include <dlfcn.h>

#define PUBLIC __attribute__((visibility("default")))

PUBLIC int dlclose(void *handle);
PUBLIC const char *__lsan_default_suppressions(void);

/* Graphics drivers leave memory behind that only they point to. Unloaded, they would make it look
 * lost, and no report could tell whose it was. */
int dlclose(void *handle)
{
	(void)handle;
	return 0;
}

/* What libraries of others keep, and what lavapipe loses. Not in a file: whoever gave up what he
 * does not need cannot read it then. */
const char *__lsan_default_suppressions(void)
{
	return "leak:libfontconfig\nleak:libpango\nleak:libvulkan_lvp\n";
}
