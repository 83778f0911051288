/* bench/machine.h - what the figures are of. */
#ifndef BENCH_MACHINE_H
#define BENCH_MACHINE_H

#include <stddef.h>

/* One line: date, kernel, processors and how busy they are. */
void machine_describe(char *out, size_t length);

#endif
