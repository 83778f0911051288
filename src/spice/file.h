/* spice/file.h - a file that somebody else has opened, as the library wants files: it asks for
 * name and size, and reads, and never opens anything.
 */
#ifndef SPICE_FILE_H
#define SPICE_FILE_H

#include <gio/gio.h>
#include <stdint.h>

/* Takes over `fd`. It is read from its beginning, whoever else reads it. */
GFile *file_new(int fd, const char *name, uint64_t size);

#endif
