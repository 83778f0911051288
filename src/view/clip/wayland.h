/* view/clip/wayland.h - the two protocols of Wayland's clipboards, which say the same with other
 * words: wayland_wire.c speaks them, wayland.c knows what it is about. Objects are the protocols'
 * own, of the half's kind. Main thread only.
 */
#ifndef VIEW_CLIP_WAYLAND_H
#define VIEW_CLIP_WAYLAND_H

#include "view/clip/clip.h"
#include "view/window/wayland/wayland.h"

struct way;
struct way_half;

/* What another program, or we ourselves, have there. */
struct way_offer {
	struct way_half *half;
	void *object;
	uint32_t formats;
	bool ours;
};

struct way_protocol {
	void *(*device)(struct way_half *half); /* NULL: the compositor has none */
	void *(*source)(struct way_half *half); /* ends with its cancelled(), or source_destroy */
	void (*source_offer)(void *source, const char *format);
	void (*source_destroy)(void *source);
	void (*set)(void *device, void *source, uint32_t serial); /* source NULL: nothing */
	void (*receive)(void *offer, const char *format, int fd);
	void (*offer_destroy)(void *offer);
	void (*device_destroy)(void *device);
};
extern const struct way_protocol way_data, way_primary;

/* One selection. */
struct way_half {
	struct way *way;
	enum clip_selection selection;
	const struct way_protocol *protocol;
	void *device;              /* NULL: there is none */
	struct way_offer *fresh;   /* announced, for who knows what */
	struct way_offer *current; /* or NULL */
	void *source;              /* ours, or NULL */
	unsigned kinds;            /* of our source */
	uint32_t serial;           /* that it was set with */
};

/* What wayland_wire.c hears; `object` becomes ours. */
void way_on_offer(struct way_half *half, struct way_offer *offer, void *object);
void way_on_format(struct way_offer *offer, const char *format);
void way_on_selection(struct way_half *half, void *object); /* or NULL */
void way_on_send(struct way_half *half, const char *format, int fd);
void way_on_cancelled(struct way_half *half, void *source);

struct wayland *way_window(const struct way_half *half);

#endif
