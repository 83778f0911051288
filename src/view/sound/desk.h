/* view/sound/desk.h - the guest's sound in the user's hands: how loud it is, and whether the guest
 * may listen.
 *
 * The sound itself is oriel-spice's matter; this is what the user wants of it, and what of it the
 * user should see. Nobody listens whom the user did not allow that: by the settings, by an answer
 * that is remembered for this SPICE server, by an answer for now, or by a key, the last of these.
 * Main thread only; nothing blocks.
 */
#ifndef VIEW_SOUND_DESK_H
#define VIEW_SOUND_DESK_H

#include "view/options.h"
#include "view/spice/spice.h"

struct desk;

enum desk_answer { DESK_NOW, DESK_ALWAYS, DESK_NOT_NOW, DESK_NEVER };

struct desk_listener {
	/* The guest wants to listen: desk_answer(), please. False: nobody can be asked now. */
	bool (*ask)(void *data);
	/* No more. */
	void (*withdraw)(void *data);
	/* The guest listens, or does no more. */
	void (*listening)(void *data, bool listens);
	/* One sentence for a person. */
	void (*alert)(void *data, const char *text);
};

/* All of them must outlive it. */
struct desk *desk_create(struct spice *spice, const struct options *options,
			 const struct desk_listener *listener, void *data);
void desk_destroy(struct desk *self); /* NULL is fine, here and below */

/* The settings have changed. */
void desk_settle(struct desk *self);

/* An answer is missing: asks again, who may have been hindered to. */
void desk_ask(struct desk *self);
void desk_answer(struct desk *self, enum desk_answer answer);

/* The user's keys. */
void desk_turn_microphone(struct desk *self);
void desk_turn_mute(struct desk *self);
void desk_louder(struct desk *self, int steps); /* below 0: quieter */

#endif
