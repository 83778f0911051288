/* Files that another Wayland program drags over the window and drops there. */
#include "view/clip/pump.h"
#include "view/clip/wayland.h"

static void forget(struct way_half *half)
{
	struct way_drop *drop = &half->drop;

	if (drop->offer) {
		half->protocol->offer_destroy(drop->offer->object);
		g_free(drop->offer);
	}
	drop->offer = NULL;
}

void way_drop_stop(struct way_half *half)
{
	pump_stop(half->drop.pump);
	half->drop.pump = NULL;
	forget(half);
}

/* Anywhere in the window is as good, so that motion is no matter. */
void way_drop_enter(struct way_half *half, void *object, uint32_t serial)
{
	way_drop_stop(half); /* who goes on dragging waits for nothing any more */
	if (!half->fresh || half->fresh->object != object)
		return;
	half->drop.offer = half->fresh;
	half->fresh = NULL;
	way_wire_welcome(half->drop.offer, serial);
}

/* Also what comes after a drop. */
void way_drop_leave(struct way_half *half)
{
	if (!half->drop.pump)
		forget(half);
}

static void on_read(void *data, int result, int fd)
{
	struct way_half *half = data;
	struct clip *clip = way_clip(half);

	half->drop.pump = NULL;
	if (result < 0)
		clip->listener->no_files(clip->data,
					 "the program that has them does not say which");
	else if (clip_tell_files(clip, clip_drop_best(half->drop.offer->drops), fd))
		way_wire_finish(half->drop.offer);
	forget(half);
}

static const struct pump_listener reader = { NULL, on_read };

void way_drop_drop(struct way_half *half)
{
	struct way_drop *drop = &half->drop;

	if (drop->pump || !drop->offer)
		return;
	if (drop->offer->drops)
		drop->pump = way_receive(drop->offer,
					 clip_drop_formats[clip_drop_best(drop->offer->drops)],
					 &reader, half);
	if (!drop->pump)
		forget(half);
}
