/* vm/run/unit.h - a machine as a transient service of the user's systemd, which cleans up after it
 * however it ends, and keeps it when a session ends (with lingering). Protocol:
 * org.freedesktop.systemd1(5).
 */
#ifndef VM_RUN_UNIT_H
#define VM_RUN_UNIT_H

#include <gio/gio.h>

#include "vm/config/vm.h"

struct unit_params {
	const struct vm *vm;
	char *const *words; /* the service's command */
	const char *oriel;  /* runs `down --clean NAME` after it */
	int output, errors; /* descriptors of the service's; borrowed */
};

/* Does a user's service manager answer? Waits a second at most. */
gboolean unit_possible(void);

/* Returns once the command runs. FALSE with `error`. */
gboolean unit_start(const struct unit_params *params, GError **error);

/* "oriel-win11.service"; the caller frees. */
char *unit_name(const char *machine);

#endif
