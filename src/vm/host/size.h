/* vm/host/size.h - how large this computer is. Reads only. */
#ifndef VM_HOST_SIZE_H
#define VM_HOST_SIZE_H

#include <stdint.h>

/* 0 where nobody knows. */
struct host_size {
	unsigned cpus;    /* processors that are on */
	unsigned threads; /* of each core */
	unsigned mhz;     /* the fastest that any of them runs at */
	uint64_t memory;  /* bytes */
};

/* Bytes; 0: nobody knows. */
uint64_t host_memory(const char *sysroot);

/* Files are looked for below `sysroot`. */
struct host_size host_size(const char *sysroot);

#endif
