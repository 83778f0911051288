#include "spice/heap.h"

#include <malloc.h>

#define MIB (1 << 20)

/* The first is glibc's highest, and as large as a picture of 3840x2160. */
#define WHOLE_MAX (32 * MIB)
#define KEPT_MAX  (128 * MIB)

void heap_keep(void)
{
	mallopt(M_MMAP_THRESHOLD, WHOLE_MAX);
	mallopt(M_TRIM_THRESHOLD, KEPT_MAX);
}

void heap_give_back(void)
{
	malloc_trim(0);
}
