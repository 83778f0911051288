/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * view/settings/nearest.c - says which name somebody meant.
 */
#include "view/settings/nearest.h"

void nearest_append(const struct nearest *self, GString *out)
{
	if (self->best)
		g_string_append_printf(out, " (did you mean %s?)", self->best);
}
