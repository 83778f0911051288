/* vm/helper/deed.h - what may hang is done by a child, with a deadline. */
#ifndef VM_HELPER_DEED_H
#define VM_HELPER_DEED_H

enum {
	DEED_KERNEL_MS = 20000,  /* a driver to let go, or to start a card anew */
	DEED_PROGRAM_MS = 60000, /* a desktop to stop */
	DEED_HOLDERS_MS = 30000, /* QEMU to end and its memory to be freed */
};

/* Runs `deed`, which returns 0 to 255, in a child: that, or ETIMEDOUT, or another errno. A child
 * that is late is killed, which takes effect once the kernel lets go of it. */
int deed_do(int (*deed)(const void *data), const void *data, int ms);

/* Runs `argv`, argv[0] being a path, with nothing of our environment and nothing to say: its exit
 * status, or ETIMEDOUT. 127: it is not there. */
int deed_run(const char *const *argv);

#endif
