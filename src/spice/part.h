/* spice/part.h - one use of a SPICE connection besides keyboard and pointer: display, clipboard,
 * sound, what is shared.
 *
 * The service makes each part once; connections come and go under it. Main thread only; nothing
 * blocks. A part that a build lacks is not in the service's table.
 */
#ifndef SPICE_PART_H
#define SPICE_PART_H

#include "link/spice.h"

struct part;
struct rect;
struct service;
struct _SpiceChannel;
struct _SpiceSession;

struct part_impl {
	const char *name;
	struct part *(*create)(struct service *service);
	/* A connection begins: the time to set what the session should be. Optional. */
	void (*dial)(struct part *self, struct _SpiceSession *spice);
	/* The server has this channel: connect it if it is yours. The main channel, which is
	 * connected by others, comes first. Optional. */
	void (*channel)(struct part *self, struct _SpiceChannel *channel);
	/* The connection is over, or there was none: no reference may stay, no signal be
	 * connected. Optional. */
	void (*lost)(struct part *self);
	/* What the viewer asks, by type; descriptors as in link_receive(). */
	void (*hears[LINK_SPICE_ASK_COUNT])(struct part *self, struct link_message *message);
	void (*destroy)(struct part *self);
};

struct part {
	const struct part_impl *impl;
	struct service *service;
};

extern const struct part_impl part_clip, part_files, part_share, part_sound;

struct share_wishes;
const struct share_wishes *service_share(const struct service *self);

/* To the viewer, as link_send(). */
void service_tell(struct service *self, enum link_spice_tell type, const void *body,
		  const char *text, const int *fds);

/* As inputs_set_screen(). */
void service_set_screen(struct service *self, const struct rect *part, int display);

/* What the library has queued on the main channel goes, also where it forgot to send it. */
void service_nudge(struct service *self);

/* `text` as a message can carry it: UTF-8, one line, at most `size` with its end. A server may
 * have written it. */
void service_make_presentable(char *out, size_t size, const char *text);

#endif
