/* view/options.h - what a person may ask of oriel-view. */
#ifndef VIEW_OPTIONS_H
#define VIEW_OPTIONS_H

#include <glib.h>

#include "view/source/source.h"
#include "view/stats.h"
#include "view/window/window.h"

/* So many frames, or so many seconds. Nothing where `value` is 0. */
struct amount {
	double value;
	bool seconds;
};

struct options {
	const struct source_impl *source;
	char *source_arg; /* or NULL */
	const struct window_impl *window;
	char *way;   /* presenter, NULL: the best that works */
	char *title; /* NULL: "Oriel - GUEST" */
	enum scale_mode scale;
	gboolean fullscreen, verbose;
	enum stats_style stats;
	char *shot; /* file, or NULL */
	struct amount shot_after, exit_after;
	double timeout; /* seconds to wait for a picture; 0: for ever */
};

enum options_answer { OPTIONS_RUN, OPTIONS_DONE, OPTIONS_WRONG };

/* Reads argv. OPTIONS_DONE: --help or --version was printed. OPTIONS_WRONG: `error` says what.
 * options_clear() afterwards in any case. */
enum options_answer options_parse(struct options *out, int argc, char **argv, GError **error);

void options_clear(struct options *self);

#endif
