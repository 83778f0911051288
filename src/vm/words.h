/* vm/words.h - words for QEMU's arguments and for shells. Pure; the caller frees. */
#ifndef VM_WORDS_H
#define VM_WORDS_H

#include <stdint.h>

/* Within an argument QEMU wants each comma twice. */
char *words_for_qemu(const char *text);

/* Quoted where a shell would take something of it for its own. */
char *words_for_shell(const char *word);

/* "64.0 MiB" */
char *words_for_size(uint64_t bytes);

#endif
