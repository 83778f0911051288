#include "view/gpu/pointer.h"

#include <glib.h>
#include <math.h>

#include "base/mem.h"
#include "view/gpu/hook.h"

/* `at`: pixels of the target's picture, from its corner. */
#define BODY                                                                                       \
	"vec2 cell = (at - pointer_origin) / pointer_size;\n"                                      \
	"if (all(greaterThanEqual(cell, vec2(0.0))) && all(lessThan(cell, vec2(1.0)))) {\n"        \
	"	ivec2 texel = ivec2(cell * vec2(textureSize(pointer_cover, 0)));\n"                      \
	"	vec4 cover = texelFetch(pointer_cover, texel, 0);\n"                                     \
	"	uvec3 turn = uvec3(texelFetch(pointer_turn, texel, 0).rgb * 255.0 + 0.5);\n"             \
	"	uvec3 below = uvec3(clamp(color.rgb, 0.0, 1.0) * 255.0 + 0.5);\n"                        \
	"	color.rgb = any(notEqual(turn, uvec3(0u))) ? vec3(below ^ turn) / 255.0\n"               \
	"		: color.rgb * (1.0 - cover.a) + cover.rgb;\n"                                           \
	"}\n"

static struct pl_hook_res draw(void *data, const struct pl_hook_params *params)
{
	struct gpu_pointer *self = data;
	float w = (float)(params->dst_rect.x1 - params->dst_rect.x0);
	float h = (float)(params->dst_rect.y1 - params->dst_rect.y0);
	const float corners[4][2] = { { 0, 0 }, { w, 0 }, { 0, h }, { w, h } };
	const struct pl_shader_va at = {
		.attr = { .name = "at", .fmt = pl_find_vertex_fmt(self->pl, PL_FMT_FLOAT, 2) },
		.data = { corners[0], corners[1], corners[2], corners[3] },
	};
	const struct pl_shader_var variables[] = {
		{ .var = pl_var_vec2("pointer_origin"), .data = self->origin, .dynamic = true },
		{ .var = pl_var_vec2("pointer_size"), .data = self->size, .dynamic = true },
	};
	const struct pl_shader_desc textures[] = {
		{ .desc = { .name = "pointer_cover", .type = PL_DESC_SAMPLED_TEX },
		  .binding = { .object = self->cover } },
		{ .desc = { .name = "pointer_turn", .type = PL_DESC_SAMPLED_TEX },
		  .binding = { .object = self->turn } },
	};
	const struct pl_custom_shader custom = {
		.description = "pointer",
		.body = BODY,
		.input = PL_SHADER_SIG_COLOR,
		.output = PL_SHADER_SIG_COLOR,
		.vertex_attribs = &at,
		.num_vertex_attribs = 1,
		.variables = variables,
		.num_variables = ARRAY_LEN(variables),
		.descriptors = textures,
		.num_descriptors = ARRAY_LEN(textures),
		.output_w = (int)w,
		.output_h = (int)h,
	};

	return hook_shade(params, &custom);
}

void gpu_pointer_init(struct gpu_pointer *self, pl_gpu pl)
{
	*self = (struct gpu_pointer){ .pl = pl };
	self->hook = (struct pl_hook){
		.stages = PL_HOOK_OUTPUT, .input = PL_HOOK_SIG_COLOR, .priv = self, .hook = draw
	};
}

void gpu_pointer_finish(struct gpu_pointer *self)
{
	pl_tex_destroy(self->pl, &self->cover);
	pl_tex_destroy(self->pl, &self->turn);
}

/* ---- shapes ---- */

/* RGBA bytes of what covers and what turns. */
struct masks {
	uint8_t *cover, *turn;
};

static void put(uint8_t *to, uint8_t r, uint8_t g, uint8_t b, uint8_t a)
{
	to[0] = r;
	to[1] = g;
	to[2] = b;
	to[3] = a;
}

static bool bit_at(const struct cursor_shape *shape, uint32_t x, uint32_t row)
{
	return shape->data[(size_t)row * shape->pitch + x / 8] >> (7 - x % 8) & 1;
}

/* AND 0: black or white; AND 1: as below, or turned. */
static void read_mono(const struct cursor_shape *shape, uint32_t x, uint32_t y, uint8_t *cover,
		      uint8_t *turn)
{
	bool keep = bit_at(shape, x, y), flip = bit_at(shape, x, y + shape->height);
	uint8_t grey = flip ? 255 : 0;

	if (keep)
		put(turn, grey, grey, grey, 0);
	else
		put(cover, grey, grey, grey, 255);
}

static void read_colour(const struct cursor_shape *shape, uint32_t x, uint32_t y, uint8_t *cover,
			uint8_t *turn)
{
	const uint8_t *from = shape->data + (size_t)y * shape->pitch + (size_t)x * 4;

	(void)turn;
	put(cover, from[2], from[1], from[0], from[3]);
}

static void read_masked(const struct cursor_shape *shape, uint32_t x, uint32_t y, uint8_t *cover,
			uint8_t *turn)
{
	const uint8_t *from = shape->data + (size_t)y * shape->pitch + (size_t)x * 4;

	if (from[3])
		put(turn, from[2], from[1], from[0], 0);
	else
		put(cover, from[2], from[1], from[0], 255);
}

static void (*const readers[CURSOR_TYPE_COUNT])(const struct cursor_shape *shape, uint32_t x,
						uint32_t y, uint8_t *cover, uint8_t *turn) = {
	[CURSOR_COLOUR] = read_colour,
	[CURSOR_MONO] = read_mono,
	[CURSOR_MASKED] = read_masked,
};

static bool make_texture(struct gpu_pointer *self, pl_tex *tex, const uint8_t *bytes,
			 uint32_t width, uint32_t height)
{
	pl_fmt format = pl_find_fmt(self->pl, PL_FMT_UNORM, 4, 8, 8, PL_FMT_CAP_SAMPLEABLE);

	return format &&
	       pl_tex_recreate(self->pl, tex,
			       pl_tex_params(.w = (int)width, .h = (int)height, .format = format,
					     .sampleable = true, .host_writable = true)) &&
	       pl_tex_upload(self->pl, pl_tex_transfer_params(.tex = *tex, .ptr = (void *)bytes));
}

bool gpu_pointer_set_shape(struct gpu_pointer *self, const struct cursor_shape *shape)
{
	self->width = self->height = 0;
	if (!cursor_shape_valid(shape))
		return false;
	size_t bytes = (size_t)shape->width * shape->height * 4;
	g_autofree uint8_t *cover = g_malloc0(bytes), *turn = g_malloc0(bytes);

	for (uint32_t y = 0; y < shape->height; y++)
		for (uint32_t x = 0; x < shape->width; x++) {
			size_t at = ((size_t)y * shape->width + x) * 4;
			readers[shape->type](shape, x, y, cover + at, turn + at);
		}
	if (!make_texture(self, &self->cover, cover, shape->width, shape->height) ||
	    !make_texture(self, &self->turn, turn, shape->width, shape->height))
		return false;
	self->width = shape->width;
	self->height = shape->height;
	return true;
}

/* ---- places ---- */

/* Edges of target pixels are kept, so that at whole factors each guest pixel is a square. */
struct rect gpu_pointer_place(struct gpu_pointer *self, const struct placement *place,
			      uint32_t screen_width, uint32_t screen_height)
{
	float fx = (float)place->width / (float)max_u32(screen_width, 1);
	float fy = (float)place->height / (float)max_u32(screen_height, 1);
	float cut_x = (float)(place->x < 0 ? -place->x : 0);
	float cut_y = (float)(place->y < 0 ? -place->y : 0);

	self->origin[0] = (float)self->x * fx - cut_x;
	self->origin[1] = (float)self->y * fy - cut_y;
	self->size[0] = fmaxf((float)self->width * fx, 1);
	self->size[1] = fmaxf((float)self->height * fy, 1);
	float left = fmaxf(floorf(self->origin[0]), 0), top = fmaxf(floorf(self->origin[1]), 0);
	float right = ceilf(self->origin[0] + self->size[0]);
	float bottom = ceilf(self->origin[1] + self->size[1]);
	if (right <= left || bottom <= top)
		return (struct rect){ 0 };
	return (struct rect){ (uint32_t)left, (uint32_t)top, (uint32_t)(right - left),
			      (uint32_t)(bottom - top) };
}

const struct pl_hook *gpu_pointer_hook(struct gpu_pointer *self)
{
	return self->shown && self->width ? &self->hook : NULL;
}
