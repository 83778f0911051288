/* vm/init/answer.h - the answers that Windows' installer looks for at the root of a CD, so that it
 * asks nothing. Pure. */
#ifndef VM_INIT_ANSWER_H
#define VM_INIT_ANSWER_H

#include <stdbool.h>

#include "vm/config/vm.h"

struct answers {
	enum vm_os os;
	const char *language; /* "en-US" */
	const char *edition;  /* as the image calls it: "Windows 11 Pro" */
	const char *key;      /* NULL: the installer decides */
	const char *user, *password;
	const char *computer;
};

/* NULL, or what is wrong with one of them, for the caller to free. */
char *answers_check(const struct answers *self);

/* autounattend.xml: erases the first disk. The password is in it, hardly hidden. The caller frees.
 */
char *answers_write(const struct answers *self);

/* What runs at the first log-on, from the folder "oriel" of the same CD: drivers and guest tools,
 * each where it is there. A DOS text. */
extern const char answers_first_logon[];

#endif
