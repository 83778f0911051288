/* Keyboard and pointer through SPICE: one part of what oriel-spice does for the viewer. */
#include <assert.h>

#include "view/input/sink.h"
#include "view/spice/spice.h"

struct hands {
	struct sink sink;
	struct spice *spice;
	uint32_t abilities;
};

static_assert((int)SINK_KEYS == LINK_SPICE_CAN_KEYS && (int)SINK_RELATIVE == LINK_SPICE_CAN_MOVE &&
		      (int)SINK_ABSOLUTE == LINK_SPICE_CAN_PLACE,
	      "the same bits");

/* ---- what it tells ---- */

static void set_abilities(struct hands *self, uint32_t abilities)
{
	if (self->abilities == abilities)
		return;
	self->abilities = abilities;
	self->sink.listener->changed(self->sink.data);
}

static void on_lost(void *data)
{
	set_abilities(data, 0);
}

static void on_abilities(void *data, struct link_message *message)
{
	const struct link_spice_abilities *body = message->body;

	set_abilities(data, body->abilities & (SINK_KEYS | SINK_RELATIVE | SINK_ABSOLUTE));
}

static void on_leds(void *data, struct link_message *message)
{
	struct hands *self = data;
	const struct link_spice_lamps *body = message->body;

	self->sink.listener->leds(self->sink.data, body->lamps & 7);
}

static const struct spice_part part = {
	.lost = on_lost,
	.hears = {
		[LINK_SPICE_ABILITIES] = on_abilities,
		[LINK_SPICE_LEDS] = on_leds,
	},
};

/* ---- a sink ---- */

static void ask(struct sink *self, enum link_spice_ask type, const void *body)
{
	spice_ask(((struct hands *)self)->spice, type, body, NULL, NULL);
}

static unsigned hands_abilities(const struct sink *self)
{
	return ((const struct hands *)self)->abilities;
}

static void hands_key(struct sink *self, uint32_t code, bool pressed)
{
	ask(self, LINK_SPICE_KEY, &(struct link_spice_key){ code, pressed });
}

static void hands_button(struct sink *self, uint32_t code, bool pressed)
{
	ask(self, LINK_SPICE_BUTTON, &(struct link_spice_key){ code, pressed });
}

static void hands_motion(struct sink *self, int32_t dx, int32_t dy)
{
	ask(self, LINK_SPICE_MOTION, &(struct link_spice_motion){ dx, dy });
}

static void hands_position(struct sink *self, uint32_t x, uint32_t y, uint32_t width,
			   uint32_t height)
{
	ask(self, LINK_SPICE_POSITION, &(struct link_spice_position){ x, y, width, height });
}

static void hands_scroll(struct sink *self, int32_t x120, int32_t y120)
{
	ask(self, LINK_SPICE_SCROLL, &(struct link_spice_motion){ x120, y120 });
}

static void hands_locks(struct sink *self, uint32_t locks)
{
	ask(self, LINK_SPICE_LOCKS, &(struct link_spice_lamps){ locks });
}

static void hands_destroy(struct sink *sink)
{
	struct hands *self = (struct hands *)sink;

	spice_remove(self->spice, &part, self);
	g_free(self);
}

static const struct sink_impl sink_spice = {
	.name = "spice",
	.abilities = hands_abilities,
	.key = hands_key,
	.button = hands_button,
	.motion = hands_motion,
	.position = hands_position,
	.scroll = hands_scroll,
	.locks = hands_locks,
	.destroy = hands_destroy,
};

struct sink *sink_spice_create(struct spice *spice, const struct sink_listener *listener,
			       void *data)
{
	struct hands *self = g_new0(struct hands, 1);

	self->sink = (struct sink){ &sink_spice, listener, data };
	self->spice = spice;
	spice_add(spice, &part, self);
	return &self->sink;
}
