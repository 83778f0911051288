#include "spice/heap.h"

/* Other C libraries than glibc have their own ways. */
void heap_keep(void)
{
}

void heap_give_back(void)
{
}
