/* Put before the C library (LD_PRELOAD): small blocks are freed some thousand frees later. Mesa's
 * lavapipe (22.3 and 25.0) locks mutexes in memory that was freed, now and then, where programs
 * come and go: it waits for itself forever, or crashes. With this it does neither. */
#include <dlfcn.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdlib.h>

#define SMALL 4096 /* bytes */
#define LATE  16384

typedef void (*free_func)(void *block);

static void free_at_last(void *block)
{
	static _Atomic(free_func) next;
	free_func function = next;

	if (!function)
		next = function = (free_func)dlsym(RTLD_NEXT, "free");
	function(block);
}

__attribute__((visibility("default"))) void free(void *block)
{
	static _Atomic(void *) waiting[LATE];
	static atomic_uint count;

	if (block && malloc_usable_size(block) <= SMALL)
		block = atomic_exchange(&waiting[atomic_fetch_add(&count, 1) % LATE], block);
	if (block)
		free_at_last(block);
}
