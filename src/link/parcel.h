/* link/parcel.h - bytes that go to another process by descriptor, and change no more on the way.
 *
 * A parcel is a memfd: filled, sealed, and then only read. Any thread; sizes are in bytes. Linux
 * only.
 */
#ifndef LINK_PARCEL_H
#define LINK_PARCEL_H

#include <stddef.h>
#include <stdint.h>

#define PARCEL_MAX (100u << 20) /* no less than spice-client-glib sends */

/* An empty one, closed on exec: its descriptor, or a negative errno. */
int parcel_create(void);

/* 0, -EFBIG where it would be larger than PARCEL_MAX, or another negative errno. */
int parcel_append(int fd, const void *bytes, size_t size);

/* From now on nobody can write it, nor change its size. 0 or a negative errno. */
int parcel_seal(int fd);

/* A sealed one that holds these bytes, or a negative errno. */
int parcel_of(const void *bytes, size_t size);

/* What somebody else sent: 0 and its size where it is sealed, -EPERM where it is not, -EFBIG, or
 * another negative errno. */
int parcel_check(int fd, size_t *size);

struct parcel_view {
	const void *bytes; /* never NULL */
	size_t size;
};

/* To be read at once, whoever made it. Errors as parcel_check(). */
int parcel_map(int fd, struct parcel_view *out);
void parcel_unmap(struct parcel_view *self);

#endif
