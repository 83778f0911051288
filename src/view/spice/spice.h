/* view/spice/spice.h - the viewer's end of oriel-spice: a program beside this one, asked over a
 * link. It speaks SPICE, so that nothing here has to.
 *
 * Whatever becomes of it, pictures go on: its end is a state, and it starts itself again. What is
 * asked of it and heard from it is the matter of parts (keyboard and pointer: input/sink_spice.h;
 * others beside this file), which know only their own messages. Main thread only; nothing blocks.
 */
#ifndef VIEW_SPICE_H
#define VIEW_SPICE_H

#include <glib.h>

#include "link/spice.h"
#include "view/options.h"

struct opener;
struct spice;

/* One sentence for a person: the server is lost, or there again. */
typedef void (*spice_alert_func)(void *data, const char *text);

/* One use of it. What is NULL is not heard. A part may remove itself and others meanwhile. */
struct spice_part {
	/* oriel-spice has started, maybe again: it knows nothing of what it was asked. */
	void (*greeted)(void *data);
	/* It has ended, or the link to it is broken: what it told holds no more. */
	void (*lost)(void *data);
	/* By the message's type. The link closes the message's descriptors: put -1 in the place of
	 * those that are kept. */
	void (*hears[LINK_SPICE_TELL_COUNT])(void *data, struct link_message *message);
};

/* These options want a SPICE server. */
bool spice_is_wanted(const struct options *options);

/* Descriptors: of the link to oriel-spice, and of that to who opens files for us. 0: none. */
struct spice_ends {
	int link, opener;
};

/* Starts oriel-spice before the viewer closes itself in. */
gboolean spice_launch(const struct spice_options *options, struct spice_ends *out, GError **error);

/* Takes over options->link and ->opener where there are some; else starts the program from the main
 * loop. `options` must outlive it. */
struct spice *spice_create(const struct spice_options *options, spice_alert_func alert, void *data);

/* Connects to the server that the options name now. */
void spice_open(struct spice *self);

/* The server, as the user named it: an address or a file; "" where there is none. */
const char *spice_name(const struct spice *self);

/* The user does not want the guest's textures copied in any case. */
bool spice_takes_textures(const struct spice *self);

/* Without parts by then. NULL is fine. */
void spice_destroy(struct spice *self);

/* Is called from now on; `part` must outlive its stay. */
void spice_add(struct spice *self, const struct spice_part *part, void *data);
void spice_remove(struct spice *self, const struct spice_part *part, void *data);

/* Who opens files for us, as long as this oriel-spice runs. */
struct opener *spice_opener(struct spice *self);

/* As link_send(); lost where oriel-spice does not run. */
void spice_ask(struct spice *self, enum link_spice_ask type, const void *body, const char *text,
	       const int *fds);

#endif
