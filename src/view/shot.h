/* view/shot.h - a frame as a PNG file. */
#ifndef VIEW_SHOT_H
#define VIEW_SHOT_H

#include <glib.h>

#include "view/source/frame.h"

/* Upright, 8 bit RGB, of `pixels` that lie as the frame's do; NULL: of the frame's own. The file
 * appears complete or not at all: it is written beside and renamed. */
gboolean shot_write(struct frame *frame, const void *pixels, const char *path, GError **error);

/* Where pictures go that nobody named a file for: the user's pictures, or where there is no such
 * folder, our own. It is made where it is missing. The caller frees. */
char *shot_folder(void);

#endif
