/* view/clip/wayland.h - the two protocols of Wayland's clipboards, which say the same with other
 * words: wayland_wire.c speaks them, wayland.c knows what it is about; wayland_drop.c takes what
 * is dropped on the window. Objects are the protocols' own, of the half's kind. Main thread only.
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
	unsigned drops; /* bits: 1 << enum clip_drop */
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

/* What another program drags over the window. */
struct way_drop {
	struct way_offer *offer; /* NULL: nothing */
	struct pump *pump;       /* it was dropped: at work. NULL: it was not */
};

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
	struct way_drop drop;      /* of the clipboard's half */
};

/* What wayland_wire.c hears; `object` becomes ours. */
void way_on_offer(struct way_half *half, struct way_offer *offer, void *object);
void way_on_format(struct way_offer *offer, const char *format);
void way_on_selection(struct way_half *half, void *object); /* or NULL */
void way_on_send(struct way_half *half, const char *format, int fd);
void way_on_cancelled(struct way_half *half, void *source);

/* The same, wayland_drop.c. */
void way_drop_enter(struct way_half *half, void *object, uint32_t serial); /* or NULL */
void way_drop_leave(struct way_half *half);
void way_drop_drop(struct way_half *half);
void way_drop_stop(struct way_half *half);

/* wayland_wire.c, of wl_data_offer: will it be taken? It was. */
void way_wire_welcome(struct way_offer *offer, uint32_t serial);
void way_wire_finish(struct way_offer *offer);

/* wayland.c: through a pipe, whose far end goes to the other program. NULL: there is none. */
struct pump;
struct pump_listener;
struct pump *way_receive(struct way_offer *offer, const char *format,
			 const struct pump_listener *listener, void *data);

struct clip *way_clip(const struct way_half *half);
struct wayland *way_window(const struct way_half *half);

#endif
