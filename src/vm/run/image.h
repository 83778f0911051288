/* vm/run/image.h - a guest to boot, made by data/demo/image.sh out of packages. */
#ifndef VM_RUN_IMAGE_H
#define VM_RUN_IMAGE_H

#include <gio/gio.h>

/* image.sh's exit status where neither packages nor installed programs give a guest. */
#define IMAGE_EXIT_UNAVAILABLE 69

struct image {
	char *kernel; /* path, in the cache */
	int initrd;   /* memfd: gone with the last process that has it */
};

/* `kind` is "pattern" or "desktop". Runs the main context meanwhile and says on stderr what takes
 * long; `cancel` ends it. Minutes the first time, a second when cached. */
gboolean image_make(struct image *out, const char *kind, GCancellable *cancel, GError **error);

void image_finish(struct image *self);

#endif
