/* bench/box.h - a machine with a SPICE server and no program at all: its processor sleeps, and what
 * a driver would do to its devices is done from here, through QEMU's qtest. So nothing but the
 * server and its clients takes time.
 *
 * It has a QXL card, a speaker and a mouse. Answers are 0 or a negative errno.
 */
#ifndef BENCH_BOX_H
#define BENCH_BOX_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

struct box {
	char directory[32];
	char spice[64]; /* the server's socket */
	char trace[64]; /* what came from pointers, with the time of day */
	pid_t machine;
	int qtest; /* -1: it does not run */
	char answer[256];
};

/* -ENOENT where this machine lacks what it takes. */
int box_init(struct box *self, struct err *err);
void box_finish(struct box *self);

/* Ports. */
int box_out(struct box *self, unsigned bits, uint16_t port, uint32_t value);
int box_in(struct box *self, unsigned bits, uint16_t port, uint32_t *out);

/* Memory, by the addresses that its processor would use. */
int box_read32(struct box *self, uint64_t address, uint32_t *out);
int box_write(struct box *self, uint64_t address, const void *bytes, size_t size);
int box_fill(struct box *self, uint64_t address, size_t size, uint8_t byte);

#endif
