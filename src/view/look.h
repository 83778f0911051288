/* view/look.h - what the settings say of how pictures should look. */
#ifndef VIEW_LOOK_SETTINGS_H
#define VIEW_LOOK_SETTINGS_H

#include "view/options.h"
#include "view/present/look.h"

/* look_clear() afterwards. A filter's name is that of a kind of scaling, a path, or that of a user
 * shader in the filter folder, with or without its ".glsl". */
void look_from_options(struct look *out, const struct options *options);

void look_clear(struct look *self);

#endif
