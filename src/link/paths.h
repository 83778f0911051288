/* link/paths.h - a list of files as a parcel (link/parcel.h): absolute paths, a 0 ends each.
 *
 * Whoever made it may have been taken over.
 */
#ifndef LINK_PATHS_H
#define LINK_PATHS_H

#include <stddef.h>

/* A parcel of them, or a negative errno. */
int paths_pack(const char *const *paths, size_t count);

/* Tells of each in its order. 0; -EINVAL where it is no such list, or of more than
 * LINK_OPENER_FILES_MAX or LINK_OPENER_BYTES_MAX: then none was told; or as parcel_map(). */
int paths_unpack(int fd, void (*tell)(void *data, const char *path), void *data);

#endif
