/* view/settings/nearest.h - says which name somebody meant. */
#ifndef VIEW_NEAREST_H
#define VIEW_NEAREST_H

#include <glib.h>

#include "base/nearest.h"

/* Appends " (did you mean NAME?)" where there is one. */
void nearest_append(const struct nearest *self, GString *out);

#endif
