/* spice/heap.h - memory of pictures: the library allocates several MiB for each, and frees them.
 * To the kernel and back, that takes longer than everything else with a picture.
 */
#ifndef SPICE_HEAP_H
#define SPICE_HEAP_H

/* From now on, what is freed is kept for what comes next. */
void heap_keep(void);

/* What is kept is given back, once: no more pictures come for now. */
void heap_give_back(void);

#endif
