/* vm/init/init.h - a machine for this computer, before anybody wrote a file for it. Pure. */
#ifndef VM_INIT_INIT_H
#define VM_INIT_INIT_H

#include "vm/config/vm.h"
#include "vm/host/size.h"
#include "vm/plan/facts.h"

/* What somebody asked for; NULL and 0: whatever fits. */
struct init_wish {
	const char *name;
	enum vm_os os;
	const char *const *isos; /* absolute paths; NULL ends */
	const char *gpu;         /* an address, ids, "other" or "none" */
	const char *disk, *memory;
	int cores;
	bool unattended; /* drivers come by themselves */
};

/* NULL: `error` says which wish cannot be. `remarks` gets reasons by the part's name ("cpu"). */
struct vm *init_machine(const struct init_wish *wish, const struct facts *facts,
			const struct host_size *size, GHashTable *remarks, GError **error);

/* What Windows 11 asks for and what the machine has, as a table of 80 columns; `lacking` gets how
 * many it does not have. The caller frees. */
char *init_requirements(const struct vm *vm, const struct facts *facts,
			const struct host_size *size, unsigned *lacking);

/* Which operating system a file's name promises: "Win11_24H2_English_x64.iso"; false: none. */
bool init_guess_os(const char *iso, enum vm_os *out);

/* Drivers for Windows: "virtio-win-0.1.271.iso". */
bool init_is_drivers(const char *iso);

#endif
