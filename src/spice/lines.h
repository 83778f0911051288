/* spice/lines.h - text as the guest ends its lines, and as everybody here does. Pure. */
#ifndef SPICE_LINES_H
#define SPICE_LINES_H

#include <glib.h>

/* Of foreign bytes: without the zeros that some agents put behind it, \r\n made \n. NULL: it is no
 * UTF-8. */
GBytes *lines_from_guest(const void *text, size_t size);

/* For a guest whose lines end with \r\n; those that do already are left alone. */
GBytes *lines_to_crlf(const void *text, size_t size);

#endif
