/* vm/run/front.h - starts a machine's keeper as a process of its own, and tells what becomes of it.
 *
 * The keeper's standard output is the report: "pid N", "asks", "running", "ended STATUS", a line
 * each. "asks" says that polkit may have questions, and waits until a byte comes back.
 */
#ifndef VM_RUN_FRONT_H
#define VM_RUN_FRONT_H

#include "vm/config/vm.h"

struct front_params {
	const struct vm *vm;
	char *const *words; /* the keeper's command */
	const char *oriel;  /* this program, for what is to be done after the keeper's end */
	gboolean detach;    /* return once the machine runs; else signals are handed on */
	gboolean unit;      /* of the user's service manager; else a child */
};

/* An exit status. Main thread, default main context. */
int front_run(const struct front_params *params);

#endif
