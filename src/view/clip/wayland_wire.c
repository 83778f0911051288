#include "primary-selection-unstable-v1-client.h"
#include "view/clip/wayland.h"

struct wayland;

/* ---- wl_data_device ---- */

static void data_on_offer_format(void *data, struct wl_data_offer *offer, const char *format)
{
	(void)offer;
	way_on_format(data, format);
}

static void data_on_actions(void *data, struct wl_data_offer *offer, uint32_t actions)
{
	(void)data, (void)offer, (void)actions;
}

static const struct wl_data_offer_listener data_offer_listener = {
	.offer = data_on_offer_format,
	.source_actions = data_on_actions,
	.action = data_on_actions,
};

static void data_on_offer(void *data, struct wl_data_device *device, struct wl_data_offer *object)
{
	struct way_offer *offer = g_new0(struct way_offer, 1);

	(void)device;
	wl_data_offer_add_listener(object, &data_offer_listener, offer);
	way_on_offer(data, offer, object);
}

static void data_on_selection(void *data, struct wl_data_device *device,
			      struct wl_data_offer *object)
{
	(void)device;
	way_on_selection(data, object);
}

static void data_on_enter(void *data, struct wl_data_device *device, uint32_t serial,
			  struct wl_surface *surface, wl_fixed_t x, wl_fixed_t y,
			  struct wl_data_offer *object)
{
	(void)device, (void)surface, (void)x, (void)y;
	way_drop_enter(data, object, serial);
}

static void data_on_leave(void *data, struct wl_data_device *device)
{
	(void)device;
	way_drop_leave(data);
}

static void data_on_drop(void *data, struct wl_data_device *device)
{
	(void)device;
	way_drop_drop(data);
}

static void data_on_motion(void *data, struct wl_data_device *device, uint32_t time, wl_fixed_t x,
			   wl_fixed_t y)
{
	(void)data, (void)device, (void)time, (void)x, (void)y;
}

static const struct wl_data_device_listener data_device_listener = {
	.data_offer = data_on_offer,
	.selection = data_on_selection,
	.enter = data_on_enter,
	.leave = data_on_leave,
	.motion = data_on_motion,
	.drop = data_on_drop,
};

static void *data_device(struct way_half *half)
{
	struct wayland *window = way_window(half);
	struct wl_data_device *device;

	if (!window->data_devices)
		return NULL;
	device = wl_data_device_manager_get_data_device(window->data_devices, window->seat);
	wl_data_device_add_listener(device, &data_device_listener, half);
	return device;
}

static void data_on_target(void *data, struct wl_data_source *source, const char *format)
{
	(void)data, (void)source, (void)format;
}

static void data_on_send(void *data, struct wl_data_source *source, const char *format, int32_t fd)
{
	(void)source;
	way_on_send(data, format, fd);
}

static void data_on_cancelled(void *data, struct wl_data_source *source)
{
	way_on_cancelled(data, source);
}

static void data_on_dropped(void *data, struct wl_data_source *source)
{
	(void)data, (void)source;
}

static void data_on_action(void *data, struct wl_data_source *source, uint32_t action)
{
	(void)data, (void)source, (void)action;
}

static const struct wl_data_source_listener data_source_listener = {
	.target = data_on_target,
	.send = data_on_send,
	.cancelled = data_on_cancelled,
	.dnd_drop_performed = data_on_dropped,
	.dnd_finished = data_on_dropped,
	.action = data_on_action,
};

static void *data_source(struct way_half *half)
{
	struct wl_data_source *source = wl_data_device_manager_create_data_source(
		way_window(half)->data_devices);

	wl_data_source_add_listener(source, &data_source_listener, half);
	return source;
}

static void data_source_offer(void *source, const char *format)
{
	wl_data_source_offer(source, format);
}

static void data_source_destroy(void *source)
{
	wl_data_source_destroy(source);
}

static void data_set(void *device, void *source, uint32_t serial)
{
	wl_data_device_set_selection(device, source, serial);
}

static void data_receive(void *offer, const char *format, int fd)
{
	wl_data_offer_receive(offer, format, fd);
}

void way_wire_welcome(struct way_offer *offer, uint32_t serial)
{
	struct wl_data_offer *object = offer->object;

	wl_data_offer_accept(object, serial,
			     offer->drops ? clip_drop_formats[clip_drop_best(offer->drops)] : NULL);
	if (offer->drops &&
	    wl_data_offer_get_version(object) >= WL_DATA_OFFER_SET_ACTIONS_SINCE_VERSION)
		wl_data_offer_set_actions(object, WL_DATA_DEVICE_MANAGER_DND_ACTION_COPY,
					  WL_DATA_DEVICE_MANAGER_DND_ACTION_COPY);
}

void way_wire_finish(struct way_offer *offer)
{
	struct wl_data_offer *object = offer->object;

	if (wl_data_offer_get_version(object) >= WL_DATA_OFFER_FINISH_SINCE_VERSION)
		wl_data_offer_finish(object);
}

static void data_offer_destroy(void *offer)
{
	wl_data_offer_destroy(offer);
}

static void data_device_destroy(void *device)
{
	if (wl_data_device_get_version(device) >= WL_DATA_DEVICE_RELEASE_SINCE_VERSION)
		wl_data_device_release(device);
	else
		wl_data_device_destroy(device);
}

const struct way_protocol way_data = {
	.device = data_device,
	.source = data_source,
	.source_offer = data_source_offer,
	.source_destroy = data_source_destroy,
	.set = data_set,
	.receive = data_receive,
	.offer_destroy = data_offer_destroy,
	.device_destroy = data_device_destroy,
};

/* ---- zwp_primary_selection ---- */

static void primary_on_offer_format(void *data, struct zwp_primary_selection_offer_v1 *offer,
				    const char *format)
{
	(void)offer;
	way_on_format(data, format);
}

static const struct zwp_primary_selection_offer_v1_listener primary_offer_listener = {
	.offer = primary_on_offer_format,
};

static void primary_on_offer(void *data, struct zwp_primary_selection_device_v1 *device,
			     struct zwp_primary_selection_offer_v1 *object)
{
	struct way_offer *offer = g_new0(struct way_offer, 1);

	(void)device;
	zwp_primary_selection_offer_v1_add_listener(object, &primary_offer_listener, offer);
	way_on_offer(data, offer, object);
}

static void primary_on_selection(void *data, struct zwp_primary_selection_device_v1 *device,
				 struct zwp_primary_selection_offer_v1 *object)
{
	(void)device;
	way_on_selection(data, object);
}

static const struct zwp_primary_selection_device_v1_listener primary_device_listener = {
	.data_offer = primary_on_offer,
	.selection = primary_on_selection,
};

static void *primary_device(struct way_half *half)
{
	struct wayland *window = way_window(half);
	struct zwp_primary_selection_device_v1 *device;

	if (!window->primary_devices)
		return NULL;
	device = zwp_primary_selection_device_manager_v1_get_device(window->primary_devices,
								    window->seat);
	zwp_primary_selection_device_v1_add_listener(device, &primary_device_listener, half);
	return device;
}

static void primary_on_send(void *data, struct zwp_primary_selection_source_v1 *source,
			    const char *format, int32_t fd)
{
	(void)source;
	way_on_send(data, format, fd);
}

static void primary_on_cancelled(void *data, struct zwp_primary_selection_source_v1 *source)
{
	way_on_cancelled(data, source);
}

static const struct zwp_primary_selection_source_v1_listener primary_source_listener = {
	.send = primary_on_send,
	.cancelled = primary_on_cancelled,
};

static void *primary_source(struct way_half *half)
{
	struct zwp_primary_selection_source_v1 *source =
		zwp_primary_selection_device_manager_v1_create_source(
			way_window(half)->primary_devices);

	zwp_primary_selection_source_v1_add_listener(source, &primary_source_listener, half);
	return source;
}

static void primary_source_offer(void *source, const char *format)
{
	zwp_primary_selection_source_v1_offer(source, format);
}

static void primary_source_destroy(void *source)
{
	zwp_primary_selection_source_v1_destroy(source);
}

static void primary_set(void *device, void *source, uint32_t serial)
{
	zwp_primary_selection_device_v1_set_selection(device, source, serial);
}

static void primary_receive(void *offer, const char *format, int fd)
{
	zwp_primary_selection_offer_v1_receive(offer, format, fd);
}

static void primary_offer_destroy(void *offer)
{
	zwp_primary_selection_offer_v1_destroy(offer);
}

static void primary_device_destroy(void *device)
{
	zwp_primary_selection_device_v1_destroy(device);
}

const struct way_protocol way_primary = {
	.device = primary_device,
	.source = primary_source,
	.source_offer = primary_source_offer,
	.source_destroy = primary_source_destroy,
	.set = primary_set,
	.receive = primary_receive,
	.offer_destroy = primary_offer_destroy,
	.device_destroy = primary_device_destroy,
};
