/* view/input/sink.h - where input goes: the guest, by whatever way leads there.
 *
 * Members: `spice` (oriel-spice, a program beside this one), `record` (a text of what came: for
 * tests and for `--record-input`) and `null` (nobody). QEMU's D-Bus and others come later. Codes
 * are evdev's. Main thread only; nothing blocks.
 */
#ifndef VIEW_SINK_H
#define VIEW_SINK_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct sink_listener {
	/* What it takes changed: see sink_abilities(). */
	void (*changed)(void *data);
	/* The guest's keyboard lamps: 1 scroll, 2 num, 4 caps. */
	void (*leds)(void *data, uint32_t leds);
};

enum sink_ability {
	SINK_KEYS = 0x1,     /* keys and buttons arrive somewhere */
	SINK_RELATIVE = 0x2, /* motion() does */
	SINK_ABSOLUTE = 0x4, /* position() does */
};

struct sink;

struct sink_impl {
	const char *name;
	/* `arg` is the matter of the member. NULL: it has a function of its own. */
	struct sink *(*create)(const char *arg, const struct sink_listener *listener, void *data,
			       GError **error);
	unsigned (*abilities)(const struct sink *self); /* enum sink_ability */
	void (*key)(struct sink *self, uint32_t code, bool pressed);
	void (*button)(struct sink *self, uint32_t code, bool pressed);
	void (*motion)(struct sink *self, int32_t dx, int32_t dy);
	/* Guest screen pixels; width and height are the screen's. */
	void (*position)(struct sink *self, uint32_t x, uint32_t y, uint32_t width,
			 uint32_t height);
	void (*scroll)(struct sink *self, int32_t x120, int32_t y120);
	/* The keyboard's locks should be these: 1 scroll, 2 num, 4 caps. Optional. */
	void (*locks)(struct sink *self, uint32_t locks);
	/* The guest's screen should have that many pixels. Optional. */
	void (*resize)(struct sink *self, uint32_t width, uint32_t height);
	void (*destroy)(struct sink *self);
};

struct sink {
	const struct sink_impl *impl;
	const struct sink_listener *listener;
	void *data;
};

extern const struct sink_impl sink_null, sink_record;

/* The listener must outlive the sink. */
struct sink *sink_create(const struct sink_impl *impl, const char *arg,
			 const struct sink_listener *listener, void *data, GError **error);

/* NULL is fine. Keys that are down stay down in the guest: release them before. */
void sink_destroy(struct sink *self);

struct spice;

/* Through SPICE; `spice` must outlive it. */
struct sink *sink_spice_create(struct spice *spice, const struct sink_listener *listener,
			       void *data);

#endif
