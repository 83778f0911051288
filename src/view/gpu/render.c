#include "view/gpu/render.h"

#include <gio/gio.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "view/gpu/hook.h"

#define SHADER_MAX (4u << 20) /* bytes of a user shader; the largest in use have one million */

/* ---- colours ---- */

/* By sRGB's curve to linear light, mixed, and back. */
#define COLOURS                                                                                    \
	"vec3 low = step(color.rgb, vec3(0.04045));\n"                                             \
	"vec3 light = mix(pow((color.rgb + 0.055) / 1.055, vec3(2.4)), color.rgb / 12.92, low);\n" \
	"light = clamp(colour_mix * light, 0.0, 1.0);\n"                                           \
	"low = step(light, vec3(0.0031308));\n"                                                    \
	"color.rgb = mix(1.055 * pow(light, vec3(1.0 / 2.4)) - 0.055, light * 12.92, low);\n"

static struct pl_hook_res mix_colours(void *data, const struct pl_hook_params *params)
{
	struct gpu_renderer *self = data;
	const struct pl_shader_var matrix = { .var = pl_var_mat3("colour_mix"), .data = self->mix };
	const struct pl_custom_shader custom = {
		.description = "colours",
		.body = COLOURS,
		.input = PL_SHADER_SIG_COLOR,
		.output = PL_SHADER_SIG_COLOR,
		.variables = &matrix,
		.num_variables = 1,
		.output_w = params->dst_rect.x1 - params->dst_rect.x0,
		.output_h = params->dst_rect.y1 - params->dst_rect.y0,
	};

	return hook_shade(params, &custom);
}

static const struct pl_cone_params *const cones[LOOK_VISION_COUNT] = {
	[LOOK_PROTAN] = &pl_vision_protanopia,
	[LOOK_DEUTAN] = &pl_vision_deuteranopia,
	[LOOK_TRITAN] = &pl_vision_tritanopia,
};

/* What such an eye does not see of a colour is added where it sees: the difference between the
 * colour and its simulation goes into the other two channels. */
static const float shifts[LOOK_VISION_COUNT][3][3] = {
	[LOOK_PROTAN] = { { 0, 0, 0 }, { 0.7f, 1, 0 }, { 0.7f, 0, 1 } },
	[LOOK_DEUTAN] = { { 1, 0.7f, 0 }, { 0, 0, 0 }, { 0, 0.7f, 1 } },
	[LOOK_TRITAN] = { { 1, 0, 0.7f }, { 0, 1, 0.7f }, { 0, 0, 0 } },
};

/* Column by column, as GLSL has it: boost * (1 + shift * (1 - simulation)). */
static void make_mix(struct gpu_renderer *self)
{
	float boost = self->look.boost > 0 ? self->look.boost : 1;
	const float(*shift)[3] = shifts[self->look.vision];
	struct pl_matrix3x3 seen = pl_matrix3x3_identity;

	if (cones[self->look.vision])
		seen = pl_get_cone_matrix(cones[self->look.vision],
					  pl_raw_primaries_get(PL_COLOR_PRIM_BT_709));
	for (int row = 0; row < 3; row++)
		for (int column = 0; column < 3; column++) {
			float sum = row == column;
			for (int k = 0; k < 3; k++)
				sum += shift[row][k] * ((k == column) - seen.m[k][column]);
			self->mix[column * 3 + row] = boost * sum;
		}
}

/* The guest's unused byte is no alpha. And: libplacebo leaves all hooks out for good once one of
 * them failed; this last one tells whether it came to that. */
static struct pl_hook_res finish(void *data, const struct pl_hook_params *params)
{
	struct gpu_renderer *self = data;
	const struct pl_custom_shader custom = {
		.description = "opaque",
		.body = "color.a = 1.0;\n",
		.input = PL_SHADER_SIG_COLOR,
		.output = PL_SHADER_SIG_COLOR,
		.output_w = params->dst_rect.x1 - params->dst_rect.x0,
		.output_h = params->dst_rect.y1 - params->dst_rect.y0,
	};

	self->hooks_ran = true;
	return hook_shade(params, &custom);
}

static bool colours_needed(const struct gpu_renderer *self)
{
	return self->look.vision != LOOK_ALL || (self->look.boost > 0 && self->look.boost != 1);
}

/* ---- shaders ---- */

/* The picture minus its blur, added again; never beyond what its neighbours span. */
#define SHARPEN                                                                                    \
	"//!HOOK MAIN\n//!BIND HOOKED\n//!DESC sharpen\n"                                          \
	"vec4 hook() {\n"                                                                          \
	"	vec4 c = HOOKED_tex(HOOKED_pos);\n"                                                      \
	"	vec3 n = HOOKED_texOff(vec2(0.0, -1.0)).rgb, s = HOOKED_texOff(vec2(0.0, 1.0)).rgb;\n"   \
	"	vec3 w = HOOKED_texOff(vec2(-1.0, 0.0)).rgb, e = HOOKED_texOff(vec2(1.0, 0.0)).rgb;\n"   \
	"	vec3 low = min(min(min(n, s), min(w, e)), c.rgb);\n"                                     \
	"	vec3 high = max(max(max(n, s), max(w, e)), c.rgb);\n"                                    \
	"	vec3 crisp = c.rgb + %s * (c.rgb - 0.25 * (n + s + w + e));\n"                           \
	"	return vec4(clamp(crisp, low, high), c.a);\n"                                            \
	"}\n"

static void make_sharpener(struct gpu_renderer *self)
{
	char number[G_ASCII_DTOSTR_BUF_SIZE];

	pl_mpv_user_shader_destroy(&self->sharpener);
	if (!(self->look.sharpen > 0))
		return;
	g_ascii_formatd(number, sizeof(number), "%.4f", CLAMP(self->look.sharpen, 0, 1));
	g_autofree char *text = g_strdup_printf(SHARPEN, number);
	self->sharpener = pl_mpv_user_shader_parse(self->pl, text, strlen(text));
}

static bool read_shader(struct gpu_renderer *self, const char *path, GError **error)
{
	g_autofree char *text = NULL;
	size_t length;

	if (self->shader_count == GPU_SHADERS_MAX) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_NO_SPACE,
			    "%s: no more than %d shaders at a time", path, GPU_SHADERS_MAX);
		return false;
	}
	if (!g_file_get_contents(path, &text, &length, error))
		return false;
	const struct pl_hook *hook = length <= SHADER_MAX
					     ? pl_mpv_user_shader_parse(self->pl, text, length)
					     : NULL;
	if (!hook) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
			    "%s: not a user shader in mpv's format (ORIEL_LOG=debug says more)",
			    path);
		return false;
	}
	self->shaders[self->shader_count++] = hook;
	return true;
}

static void drop_shaders(struct gpu_renderer *self)
{
	while (self->shader_count > 0)
		pl_mpv_user_shader_destroy(&self->shaders[--self->shader_count]);
}

bool gpu_renderer_set_look(struct gpu_renderer *self, const struct look *look, GError **error)
{
	bool fine = true;

	self->look = *look;
	self->look.shaders = NULL;
	make_mix(self);
	make_sharpener(self);
	drop_shaders(self);
	for (char **path = look->shaders; path && *path; path++)
		if (!read_shader(self, *path, fine ? error : NULL))
			fine = false;
	return fine;
}

/* ---- drawing ---- */

struct filters {
	const struct pl_filter_config *up, *down;
};

static const struct filters filters[LOOK_FILTER_COUNT] = {
	[LOOK_AUTO] = { &pl_filter_bilinear, &pl_filter_lanczos },
	[LOOK_NEAREST] = { &pl_filter_nearest, &pl_filter_nearest },
	[LOOK_LINEAR] = { &pl_filter_bilinear, &pl_filter_bilinear },
	[LOOK_LANCZOS] = { &pl_filter_lanczos, &pl_filter_lanczos },
};

static unsigned collect_hooks(struct gpu_renderer *self, struct gpu_pointer *pointer,
			      const struct pl_hook **out)
{
	const struct pl_hook *drawn = pointer ? gpu_pointer_hook(pointer) : NULL;
	unsigned count = 0;

	for (; count < self->shader_count; count++)
		out[count] = self->shaders[count];
	if (self->sharpener)
		out[count++] = self->sharpener;
	if (drawn)
		out[count++] = drawn;
	if (colours_needed(self))
		out[count++] = &self->colours;
	out[count++] = &self->last;
	return count;
}

/* Of what is black already nothing is mapped: SDR stays as it is, byte by byte. */
static void match_colours(struct pl_frame *target, const struct pl_frame *image, float nits)
{
	if (pl_color_space_is_hdr(&target->color))
		return;
	target->color = pl_color_space_srgb;
	if (pl_color_transfer_is_hdr(image->color.transfer) ||
	    image->color.transfer == PL_COLOR_TRC_LINEAR)
		target->color.hdr.max_luma = nits;
}

static bool draw(struct gpu_renderer *self, const struct pl_frame *image,
		 const struct placement *place, struct gpu_pointer *pointer,
		 const struct pl_frame *target)
{
	const struct pl_hook *hooks[GPU_SHADERS_MAX + 4];
	enum look_filter filter = self->look.filter == LOOK_AUTO && place->factor
					  ? LOOK_NEAREST
					  : self->look.filter;
	struct pl_render_params params = pl_render_fast_params;

	params.upscaler = filters[filter].up;
	params.downscaler = filters[filter].down;
	params.hooks = hooks;
	params.num_hooks = (int)collect_hooks(self, pointer, hooks);
	self->hooks_ran = false;
	return pl_render_image(self->renderer, image, target, &params);
}

bool gpu_renderer_draw(struct gpu_renderer *self, const struct gpu_picture *picture,
		       const struct placement *place, struct gpu_pointer *pointer,
		       struct pl_frame *target)
{
	struct pl_frame image;

	gpu_picture_describe(picture, &image);
	match_colours(target, &image, self->look.sdr_nits);
	if (pl_color_transfer_is_hdr(image.color.transfer))
		image.color.hdr.max_luma = self->look.hdr_nits;
	target->crop = (struct pl_rect2df){ (float)place->x, (float)place->y,
					    (float)place->x + (float)place->width,
					    (float)place->y + (float)place->height };
	bool drawn = draw(self, &image, place, pointer, target);
	if (self->hooks_ran || (!self->shader_count && !self->sharpener))
		return drawn;
	log_warn("a user shader does not work with this picture or device; drawing without any");
	drop_shaders(self);
	pl_renderer_destroy(&self->renderer);
	self->renderer = pl_renderer_create(self->log, self->pl);
	return draw(self, &image, place, pointer, target);
}

void gpu_renderer_init(struct gpu_renderer *self, pl_log log, pl_gpu pl)
{
	*self = (struct gpu_renderer){ .pl = pl, .log = log };
	self->renderer = pl_renderer_create(log, pl);
	self->colours = (struct pl_hook){ .stages = PL_HOOK_OUTPUT,
					  .input = PL_HOOK_SIG_COLOR,
					  .priv = self,
					  .hook = mix_colours };
	self->last = (struct pl_hook){
		.stages = PL_HOOK_OUTPUT, .input = PL_HOOK_SIG_COLOR, .priv = self, .hook = finish
	};
	make_mix(self);
}

void gpu_renderer_finish(struct gpu_renderer *self)
{
	drop_shaders(self);
	pl_mpv_user_shader_destroy(&self->sharpener);
	pl_renderer_destroy(&self->renderer);
}
