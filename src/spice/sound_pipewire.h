/* spice/sound_pipewire.h - what the files of the PipeWire server share: sound_pipewire.c has the
 * connection and lets it come back, sound_pipewire_stream.c the two streams. */
#ifndef SPICE_SOUND_PIPEWIRE_H
#define SPICE_SOUND_PIPEWIRE_H

#include <glib.h>
#include <pipewire/pipewire.h>

#include "spice/sound.h"

struct pipewire;

/* One end: what it should be, and the stream while there is one. */
struct pipe {
	struct pipewire *server;
	enum sound_end end;
	struct pw_stream *stream; /* NULL: none */
	struct spa_hook hook;
	struct sound_format format; /* rate 0: nobody wants it */
	char *device;               /* node.name, or NULL: the user's default */
	bool missed;                /* the user knows that it is missing */
	bool resting;
	double volume; /* as set or heard */
	bool muted, loudness_known;
	bool settled; /* the stream is ready to be told how loud it is, and tells others' wishes */

	/* The real-time thread's, of the loudspeaker. It has `playing` from when the stream is
	 * there, and counts a turn when it is done with it: a hand-over that a sanitizer sees. */
	struct sound_track *track;
	_Atomic(struct sound_track *) playing;
	_Atomic uint32_t turns;
	_Atomic(struct spa_io_rate_match *) match;
};

struct pipewire {
	struct sound sound;
	struct pw_loop *loop;
	struct pw_context *context;
	GSource *source;      /* turns the loop from the main loop */
	struct pw_core *core; /* NULL: not connected */
	struct spa_hook core_hook;
	struct pw_registry *registry; /* only where a device was named */
	struct spa_hook registry_hook;
	GHashTable *nodes; /* id -> node.name */
	int synced;        /* that all nodes are known, when this is done; -1: not asked */
	struct pipe pipes[SOUND_ENDS];
	unsigned retrier, wait_ms, ender; /* sources; 0: none */
	bool told;                        /* that there is no server */
};

/* Opens and closes the stream as the pipe is wanted. A server must be there. */
void pipe_open(struct pipe *self);
void pipe_close(struct pipe *self);

void pipe_set_loudness(struct pipe *self, double volume, bool muted);
void pipe_settle_rest(struct pipe *self);

/* From a pull to the loudspeaker, and the turn of the graph that this is true for; 0: nobody knows.
 * Any thread. */
uint64_t pipe_delay_ns(const struct pipe *self, struct pw_time *time);

/* To the listener. */
void pipewire_alert(struct pipewire *self, const char *format, ...) G_GNUC_PRINTF(2, 3);

#endif
