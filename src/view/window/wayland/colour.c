/* Light and colours: what the display can show, and the words for the guest's pictures that need
 * more than sRGB. Others have no words: they look as every other window's do. */
#include <assert.h>
#include <unistd.h>

#include "base/mem.h"
#include "view/window/wayland/wayland.h"

#include "color-management-v1-client.h"

#define LINEAR_NITS 400   /* brightest point of linear pictures, where their white counts as 80 */
#define DARK_UNIT   1e-4f /* of the protocol's darkest points, in nits */

/* Linear light counts from the guest's white, which is what 1.0 is where no luminances are said. */
static const struct {
	uint32_t colour; /* of a frame */
	enum wp_color_manager_v1_transfer_function transfer;
	enum wp_color_manager_v1_primaries primaries;
} kinds[] = {
	{ PIXEL_COLOUR_HDR | PIXEL_COLOUR_PQ, WP_COLOR_MANAGER_V1_TRANSFER_FUNCTION_ST2084_PQ,
	  WP_COLOR_MANAGER_V1_PRIMARIES_BT2020 },
	{ PIXEL_COLOUR_HDR, WP_COLOR_MANAGER_V1_TRANSFER_FUNCTION_EXT_LINEAR,
	  WP_COLOR_MANAGER_V1_PRIMARIES_BT2020 },
	{ PIXEL_COLOUR_PQ, WP_COLOR_MANAGER_V1_TRANSFER_FUNCTION_ST2084_PQ,
	  WP_COLOR_MANAGER_V1_PRIMARIES_SRGB },
};
static_assert(ARRAY_LEN(kinds) == WAYLAND_COLOURS, "one description per kind");

static bool has(unsigned bits, uint32_t number)
{
	return number < 32 && (bits & 1u << number);
}

static void note(unsigned *bits, uint32_t number)
{
	if (number < 32)
		*bits |= 1u << number;
}

/* ---- what the compositor knows ---- */

static void on_intent(void *data, struct wp_color_manager_v1 *manager, uint32_t intent)
{
	(void)data, (void)manager, (void)intent; /* perceptual is always there */
}

static void on_feature(void *data, struct wp_color_manager_v1 *manager, uint32_t feature)
{
	struct wayland *self = data;

	(void)manager;
	note(&self->colour.features, feature);
}

static void on_transfer(void *data, struct wp_color_manager_v1 *manager, uint32_t transfer)
{
	struct wayland *self = data;

	(void)manager;
	note(&self->colour.transfers, transfer);
}

static void on_primaries(void *data, struct wp_color_manager_v1 *manager, uint32_t primaries)
{
	struct wayland *self = data;

	(void)manager;
	note(&self->colour.primaries, primaries);
}

static void on_manager_done(void *data, struct wp_color_manager_v1 *manager)
{
	(void)data, (void)manager;
}

static const struct wp_color_manager_v1_listener manager_listener = {
	.supported_intent = on_intent,
	.supported_feature = on_feature,
	.supported_tf_named = on_transfer,
	.supported_primaries_named = on_primaries,
	.done = on_manager_done,
};

void colour_listen(struct wayland *self)
{
	self->colour.features = self->colour.transfers = self->colour.primaries = 0;
	if (self->colours)
		wp_color_manager_v1_add_listener(self->colours, &manager_listener, self);
}

/* ---- the display's light ---- */

static void take_light(struct wayland *self, struct display_light light)
{
	struct display_light *now = &self->window.light;
	bool same = now->white_nits == light.white_nits && now->most_nits == light.most_nits &&
		    now->least_nits == light.least_nits;

	*now = light;
	if (!same)
		self->window.listener->needs_picture(self->window.data);
}

static void on_information_done(void *data, struct wp_image_description_info_v1 *information)
{
	struct wayland *self = data;

	(void)information;
	g_clear_pointer(&self->colour.information, wp_image_description_info_v1_destroy);
	g_clear_pointer(&self->colour.preferred, wp_image_description_v1_destroy);
	take_light(self, self->colour.told);
}

static void on_icc_file(void *data, struct wp_image_description_info_v1 *information, int32_t fd,
			uint32_t size)
{
	(void)data, (void)information, (void)size;
	close(fd);
}

static void on_points(void *data, struct wp_image_description_info_v1 *information, int32_t r_x,
		      int32_t r_y, int32_t g_x, int32_t g_y, int32_t b_x, int32_t b_y, int32_t w_x,
		      int32_t w_y)
{
	(void)data, (void)information, (void)r_x, (void)r_y, (void)g_x, (void)g_y;
	(void)b_x, (void)b_y, (void)w_x, (void)w_y;
}

static void on_number(void *data, struct wp_image_description_info_v1 *information, uint32_t number)
{
	(void)data, (void)information, (void)number;
}

static void on_luminances(void *data, struct wp_image_description_info_v1 *information,
			  uint32_t least, uint32_t most, uint32_t reference)
{
	struct wayland *self = data;

	(void)information, (void)least, (void)most;
	self->colour.told.white_nits = (float)reference;
}

static void on_target(void *data, struct wp_image_description_info_v1 *information, uint32_t least,
		      uint32_t most)
{
	struct wayland *self = data;

	(void)information;
	self->colour.told.least_nits = (float)least * DARK_UNIT;
	self->colour.told.most_nits = (float)most;
}

static const struct wp_image_description_info_v1_listener information_listener = {
	.done = on_information_done,
	.icc_file = on_icc_file,
	.primaries = on_points,
	.primaries_named = on_number,
	.tf_power = on_number,
	.tf_named = on_number,
	.luminances = on_luminances,
	.target_primaries = on_points,
	.target_luminance = on_target,
	.target_max_cll = on_number,
	.target_max_fall = on_number,
};

static void on_preferred_ready(void *data, struct wp_image_description_v1 *description,
			       uint32_t identity)
{
	struct wayland *self = data;

	(void)identity;
	self->colour.told = (struct display_light){ 0 };
	self->colour.information = wp_image_description_v1_get_information(description);
	wp_image_description_info_v1_add_listener(self->colour.information, &information_listener,
						  self);
}

static void on_preferred_failed(void *data, struct wp_image_description_v1 *description,
				uint32_t cause, const char *why)
{
	struct wayland *self = data;

	(void)description, (void)cause, (void)why;
	g_clear_pointer(&self->colour.preferred, wp_image_description_v1_destroy);
	take_light(self, (struct display_light){ 0 });
}

static const struct wp_image_description_v1_listener preferred_listener = {
	.failed = on_preferred_failed,
	.ready = on_preferred_ready,
};

/* What is on its way is old. */
static void drop_question(struct wayland *self)
{
	g_clear_pointer(&self->colour.information, wp_image_description_info_v1_destroy);
	g_clear_pointer(&self->colour.preferred, wp_image_description_v1_destroy);
}

static void on_preferred_changed(void *data,
				 struct wp_color_management_surface_feedback_v1 *feedback,
				 uint32_t identity)
{
	struct wayland *self = data;

	(void)identity;
	drop_question(self);
	self->colour.preferred = wp_color_management_surface_feedback_v1_get_preferred_parametric(
		feedback);
	wp_image_description_v1_add_listener(self->colour.preferred, &preferred_listener, self);
}

static const struct wp_color_management_surface_feedback_v1_listener feedback_listener = {
	.preferred_changed = on_preferred_changed,
};

static void follow_light(struct wayland *self)
{
	self->colour.feedback = wp_color_manager_v1_get_surface_feedback(self->colours,
									 self->root.surface);
	wp_color_management_surface_feedback_v1_add_listener(self->colour.feedback,
							     &feedback_listener, self);
	on_preferred_changed(self, self->colour.feedback, 0);
}

/* ---- words ---- */

static void on_ready(void *data, struct wp_image_description_v1 *description, uint32_t identity)
{
	struct wayland_colour *colour = data;
	struct wayland *self = colour->owner;

	(void)description, (void)identity;
	colour->ready = true;
	if (display_light_hdr(&self->window.light))
		self->window.listener->needs_picture(self->window.data);
}

static void on_failed(void *data, struct wp_image_description_v1 *description, uint32_t cause,
		      const char *why)
{
	struct wayland_colour *colour = data;

	(void)description, (void)cause, (void)why;
	g_clear_pointer(&colour->description, wp_image_description_v1_destroy);
}

static const struct wp_image_description_v1_listener description_listener = {
	.failed = on_failed,
	.ready = on_ready,
};

/* Without it what is brighter than white may be cut off. */
static void say_brightest(struct wayland *self,
			  struct wp_image_description_creator_params_v1 *creator)
{
	unsigned features = self->colour.features;

	if (has(features, WP_COLOR_MANAGER_V1_FEATURE_SET_MASTERING_DISPLAY_PRIMARIES) &&
	    has(features, WP_COLOR_MANAGER_V1_FEATURE_EXTENDED_TARGET_VOLUME))
		wp_image_description_creator_params_v1_set_mastering_luminance(creator, 0,
									       LINEAR_NITS);
}

static void describe(struct wayland *self, size_t kind)
{
	struct wayland_colour *colour = &self->colour.kinds[kind];
	struct wp_image_description_creator_params_v1 *creator;

	if (!has(self->colour.transfers, kinds[kind].transfer) ||
	    !has(self->colour.primaries, kinds[kind].primaries))
		return;
	creator = wp_color_manager_v1_create_parametric_creator(self->colours);
	wp_image_description_creator_params_v1_set_tf_named(creator, kinds[kind].transfer);
	wp_image_description_creator_params_v1_set_primaries_named(creator, kinds[kind].primaries);
	if (kinds[kind].transfer == WP_COLOR_MANAGER_V1_TRANSFER_FUNCTION_EXT_LINEAR)
		say_brightest(self, creator);
	colour->owner = self;
	colour->description = wp_image_description_creator_params_v1_create(creator);
	wp_image_description_v1_add_listener(colour->description, &description_listener, colour);
}

static struct wp_image_description_v1 *description_of(const struct wayland *self,
						      const struct pixel_image *image)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (kinds[i].colour == image->colour && self->colour.kinds[i].ready)
			return self->colour.kinds[i].description;
	return NULL;
}

bool wayland_takes_colour(const struct wayland *self, const struct pixel_image *image)
{
	return image->colour == 0 ||
	       (self->window.look.keep_hdr && display_light_hdr(&self->window.light) &&
		description_of(self, image));
}

void colour_apply(struct wayland *self, struct wl_surface *surface, const struct pixel_image *image)
{
	size_t at = surface == self->root.surface ? 0 : 1;
	struct wp_color_management_surface_v1 **managed = &self->colour.surfaces[at];
	struct wp_image_description_v1 *description = description_of(self, image);

	if (!self->colours || self->colour.shown[at] == description)
		return;
	if (!*managed)
		*managed = wp_color_manager_v1_get_surface(self->colours, surface);
	if (description)
		wp_color_management_surface_v1_set_image_description(
			*managed, description, WP_COLOR_MANAGER_V1_RENDER_INTENT_PERCEPTUAL);
	else
		wp_color_management_surface_v1_unset_image_description(*managed);
	self->colour.shown[at] = description;
}

/* ---- life ---- */

void colour_open(struct wayland *self)
{
	if (!self->colours || !has(self->colour.features, WP_COLOR_MANAGER_V1_FEATURE_PARAMETRIC))
		return;
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		describe(self, i);
	follow_light(self);
}

void colour_close(struct wayland *self)
{
	drop_question(self);
	g_clear_pointer(&self->colour.feedback, wp_color_management_surface_feedback_v1_destroy);
	for (size_t i = 0; i < G_N_ELEMENTS(self->colour.surfaces); i++) {
		g_clear_pointer(&self->colour.surfaces[i], wp_color_management_surface_v1_destroy);
		self->colour.shown[i] = NULL;
	}
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		if (self->colour.kinds[i].description)
			wp_image_description_v1_destroy(self->colour.kinds[i].description);
		self->colour.kinds[i] = (struct wayland_colour){ 0 };
	}
	self->window.light = (struct display_light){ 0 };
}
