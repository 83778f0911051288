#include "view/gpu/picture.h"

#include <glib.h>
#include <libplacebo/shaders/custom.h>
#include <libplacebo/vulkan.h>

#include "base/mem.h"
#include "pixel/convert.h"

/* How a guest's texels become pixels. */
struct gpu_recipe {
	const char *texels; /* libplacebo's name of their texture's format */
	uint8_t bytes;      /* of a texel */
	int map[3];         /* what the pixels' components mean */
	uint8_t depth;      /* bits of a component of the pixels */
	const char *body;   /* from the texels around `at` to a color; NULL: texels are pixels */
};

#define PACKED(first, second, third)                                                               \
	"at.x *= 3;\n"                                                                             \
	"color = vec4(byte_at(at + ivec2(" first ", 0)), byte_at(at + ivec2(" second ", 0)),\n"    \
	"	      byte_at(at + ivec2(" third ", 0)), 1.0);\n"

/* Two components of the texture are a word's low and high half. */
#define HALVES                                                                                     \
	"uvec4 h = uvec4(texelFetch(texels, at, 0) * 65535.0 + 0.5);\n"                            \
	"color = vec4(unpackHalf2x16(h.x | h.y << 16), unpackHalf2x16(h.z | h.w << 16));\n"

#define TENS                                                                                       \
	"uvec4 b = uvec4(texelFetch(texels, at, 0) * 255.0 + 0.5);\n"                              \
	"uint word = b.x | b.y << 8 | b.z << 16 | b.w << 24;\n"                                    \
	"color = vec4(vec3(uvec3(word, word >> 10, word >> 20) & 1023u) / 1023.0, 1.0);\n"

#define PLAIN "color = texelFetch(texels, at, 0);\n"

/* First row: best. Second: for devices that lack the first. */
static const struct gpu_recipe recipes[PIXEL_FORMAT_COUNT][2] = {
	[PIXEL_BGRA] = { { "rgba8", 4, { 2, 1, 0 }, 8, NULL } },
	[PIXEL_RGBA] = { { "rgba8", 4, { 0, 1, 2 }, 8, NULL } },
	[PIXEL_RGBA10] = { { "rgb10a2", 4, { 0, 1, 2 }, 10, NULL },
			   { "rgba8", 4, { 0, 1, 2 }, 10, TENS } },
	[PIXEL_RGBA16F] = { { "rgba16hf", 8, { 0, 1, 2 }, 16, NULL },
			    { "rgba16", 8, { 0, 1, 2 }, 16, HALVES } },
	[PIXEL_BGR_32] = { { "rgba8", 4, { 0, 1, 2 }, 8, PACKED("2", "1", "0") } },
	[PIXEL_RGB_24] = { { "rgba8", 4, { 0, 1, 2 }, 8, PACKED("0", "1", "2") } },
};

static const struct gpu_recipe *find_recipe(pl_gpu pl, enum pixel_format format)
{
	for (unsigned i = 0; i < ARRAY_LEN(recipes[0]); i++) {
		const struct gpu_recipe *recipe = &recipes[format][i];
		if (recipe->texels && pl_find_named_fmt(pl, recipe->texels))
			return recipe;
	}
	return NULL;
}

/* Is there a step between texels and pixels? Turning is one, too: libplacebo could do it, but not
 * together with what is drawn over the picture. */
static bool two_steps(const struct gpu_recipe *recipe, const struct pixel_image *image)
{
	return recipe->body || image->rotation != PIXEL_ROTATE_0;
}

/* Of a row; the packed formats are cut into texels of four bytes. */
static uint32_t texels_wide(const struct gpu_recipe *recipe, const struct pixel_image *image)
{
	uint32_t bytes = image->width * pixel_format_info(image->format)->pixel_bytes;

	return (bytes + recipe->bytes - 1) / recipe->bytes;
}

void gpu_picture_init(struct gpu_picture *self, struct gpu *gpu)
{
	*self = (struct gpu_picture){
		.gpu = gpu,
		.pl = gpu->pl,
		.dispatch = pl_dispatch_create(gpu->log, gpu->pl),
		.staged = pl_vulkan_get(gpu->pl) != NULL,
	};
	gpu_buffers_init(&self->buffers, gpu->pl);
}

void gpu_picture_forget(struct gpu_picture *self)
{
	gpu_buffers_forget(&self->buffers);
	self->serial = 0;
}

void gpu_picture_finish(struct gpu_picture *self)
{
	gpu_buffers_finish(&self->buffers);
	pl_tex_destroy(self->pl, &self->texels);
	pl_tex_destroy(self->pl, &self->pixels);
	pl_tex_destroy(self->pl, &self->stage);
	pl_dispatch_destroy(&self->dispatch);
}

bool gpu_picture_suits(const struct gpu_picture *self, const struct pixel_image *image)
{
	const struct gpu_recipe *recipe = find_recipe(self->pl, image->format);

	return recipe && image->pitch % recipe->bytes == 0 &&
	       image->width <= self->pl->limits.max_tex_2d_dim &&
	       image->height <= self->pl->limits.max_tex_2d_dim &&
	       (uint64_t)texels_wide(recipe, image) * recipe->bytes <= image->pitch;
}

/* ---- textures ---- */

static bool make_texels(struct gpu_picture *self, const struct pixel_image *image)
{
	pl_fmt format = pl_find_named_fmt(self->pl, self->recipe->texels);
	const struct pl_tex_params params = {
		.w = (int)texels_wide(self->recipe, image),
		.h = (int)image->height,
		.format = format,
		.sampleable = true,
		.host_writable = true,
		.host_readable = format->caps & PL_FMT_CAP_HOST_READABLE,
		.blit_dst = format->caps & PL_FMT_CAP_BLITTABLE,
	};

	return pl_tex_recreate(self->pl, &self->texels, &params);
}

static bool make_pixels(struct gpu_picture *self, const struct pixel_image *image)
{
	const enum pl_fmt_caps caps = PL_FMT_CAP_RENDERABLE | PL_FMT_CAP_SAMPLEABLE |
				      PL_FMT_CAP_LINEAR;
	enum pl_fmt_type type = image->format == PIXEL_RGBA16F ? PL_FMT_FLOAT : PL_FMT_UNORM;
	uint32_t width, height;
	pixel_image_upright(image, &width, &height);
	const struct pl_tex_params params = {
		.w = (int)width,
		.h = (int)height,
		.format = pl_find_fmt(self->pl, type, 4, self->recipe->depth, 0, caps),
		.sampleable = true,
		.renderable = true,
		.blit_dst = true,
	};

	if (!params.format || !pl_tex_recreate(self->pl, &self->pixels, &params))
		return false;
	pl_tex_clear(self->pl, self->pixels, (float[4]){ 0 });
	return true;
}

/* For a picture of that shape; rows that a truncated one lacks stay black. */
static bool make_textures(struct gpu_picture *self, const struct pixel_image *image)
{
	gpu_settle(self->gpu);
	self->recipe = find_recipe(self->pl, image->format);
	pl_tex_destroy(self->pl, &self->pixels);
	if (!self->recipe || !make_texels(self, image) ||
	    (two_steps(self->recipe, image) && !make_pixels(self, image)))
		return false;
	if (image->data_height < image->height && self->texels->params.blit_dst)
		pl_tex_clear(self->pl, self->texels, (float[4]){ 0 });
	self->image = *image;
	self->serial = 0;
	return true;
}

/* ---- following the damage ---- */

/* Texels of the texture. */
struct area {
	uint32_t x, y, width, height;
};

static struct area area_of(const struct gpu_picture *self, struct rect rect)
{
	uint32_t bytes = self->recipe->bytes, first;
	uint32_t span = pixel_row_span(&self->image, rect.x, rect.width, &first);
	uint32_t x = first / bytes, end = (first + span + bytes - 1) / bytes;

	end = min_u32(end, texels_wide(self->recipe, &self->image));
	return (struct area){ x, rect.y, end - x, rect.height };
}

/* Only grows, in steps: damage is of all sizes, textures are dear. */
static pl_tex make_stage(struct gpu_picture *self, const struct area *area)
{
	const struct pl_tex_params *old = self->stage ? &self->stage->params : NULL;
	struct pl_tex_params params = {
		.w = (int)next_power_of_two(max_u32(area->width, 64)),
		.h = (int)next_power_of_two(max_u32(area->height, 64)),
		.format = self->texels->params.format,
		.host_writable = true,
		.blit_src = true,
	};

	if (old && old->format == params.format) {
		params.w = MAX(params.w, old->w);
		params.h = MAX(params.h, old->h);
	}
	if (old && (old->format != params.format || old->w != params.w || old->h != params.h))
		gpu_settle(self->gpu);
	return pl_tex_recreate(self->pl, &self->stage, &params) ? self->stage : NULL;
}

/* The texture's own place for it, from `x`,`y` of another one, where `down` (1 or -1) says which
 * way the next row is. */
static void move_in(struct gpu_picture *self, pl_tex from, int x, int y, int down,
		    const struct area *area)
{
	int w = (int)area->width, h = (int)area->height, to_x = (int)area->x, to_y = (int)area->y;
	const struct pl_tex_blit_params params = {
		.src = from,
		.dst = self->texels,
		.src_rc = { x, y, 0, x + w, y + h * down, 1 },
		.dst_rc = { to_x, to_y, 0, to_x + w, to_y + h, 1 },
	};

	pl_tex_blit(self->pl, &params);
}

static bool upload(struct gpu_picture *self, const struct gpu_bytes *bytes, const struct area *area)
{
	bool detour = self->staged && (area->x || area->y);
	int x = detour ? 0 : (int)area->x, y = detour ? 0 : (int)area->y;
	size_t at = (size_t)area->y * self->image.pitch + (size_t)area->x * self->recipe->bytes;
	const struct pl_tex_transfer_params params = {
		.tex = detour ? make_stage(self, area) : self->texels,
		.rc = { x, y, 0, x + (int)area->width, y + (int)area->height, 1 },
		.row_pitch = self->image.pitch,
		.buf = bytes->buf,
		.buf_offset = bytes->buf ? bytes->offset + at : 0,
		.ptr = bytes->buf ? NULL : (void *)(bytes->base + at),
	};

	if (!params.tex || !pl_tex_upload(self->pl, &params))
		return false;
	if (detour)
		move_in(self, self->stage, 0, 0, 1, area);
	return true;
}

static bool fetch(struct gpu_picture *self, const struct gpu_bytes *bytes, struct rect rect)
{
	const struct area area = area_of(self, rect);

	self->rows_read += area.height;
	if (!bytes->tex)
		return upload(self, bytes, &area);
	int down = bytes->flipped ? -1 : 1;
	move_in(self, bytes->tex, (int)(bytes->x + area.x), (int)bytes->y + down * (int)area.y,
		down, &area);
	return true;
}

/* Where a pixel of the upright picture comes from: x and y of `at` in terms of gl_FragCoord. */
static const char *const turns[] = {
	[PIXEL_ROTATE_0] = "at = up;\n",
	[PIXEL_ROTATE_90] = "at = ivec2(up.y, size.y - 1 - up.x);\n",
	[PIXEL_ROTATE_180] = "at = size - 1 - up;\n",
	[PIXEL_ROTATE_270] = "at = ivec2(size.x - 1 - up.y, up.x);\n",
};

/* The size is a variable: libplacebo keeps every program it ever compiled for a while. */
static bool take_apart(struct gpu_picture *self, struct rect rect)
{
	const struct pixel_image *image = &self->image;
	const int size[2] = { (int)image->width, (int)image->height };
	g_autofree char *body = g_strconcat("ivec2 up = ivec2(gl_FragCoord.xy), at;\n",
					    turns[image->rotation & 3],
					    self->recipe->body ? self->recipe->body : PLAIN, NULL);
	const struct pl_shader_desc texels = {
		.desc = { .name = "texels", .type = PL_DESC_SAMPLED_TEX },
		.binding = { .object = self->texels },
	};
	const struct pl_shader_var variable = { .var = pl_var_ivec2("size"),
						.data = size,
						.dynamic = true };
	const struct pl_custom_shader custom = {
		.description = "texels to pixels",
		.header = "float byte_at(ivec2 at) {\n" /* byte n of a row */
			  "	return texelFetch(texels, ivec2(at.x >> 2, at.y), 0)[at.x & 3];\n"
			  "}\n",
		.body = body,
		.output = PL_SHADER_SIG_COLOR,
		.descriptors = &texels,
		.num_descriptors = 1,
		.variables = &variable,
		.num_variables = 1,
	};
	pl_shader shader = pl_dispatch_begin(self->dispatch);
	struct rect to = pixel_rotate_rect(rect, image->width, image->height, image->rotation);
	const struct pl_dispatch_params params = {
		.shader = &shader,
		.target = self->pixels,
		.rect = { (int)to.x, (int)to.y, (int)(to.x + to.width), (int)(to.y + to.height) },
	};

	if (pl_shader_custom(shader, &custom))
		return pl_dispatch_finish(self->dispatch, &params);
	pl_dispatch_abort(self->dispatch, &shader);
	return false;
}

static bool take(struct gpu_picture *self, struct frame *frame, const struct region *damage)
{
	struct gpu_bytes bytes;

	if (!gpu_buffers_find(&self->buffers, frame, &self->texels->params, damage, &bytes))
		return false;
	for (uint32_t i = 0; i < damage->count; i++)
		if (!fetch(self, &bytes, damage->rects[i]) ||
		    (two_steps(self->recipe, &self->image) && !take_apart(self, damage->rects[i])))
			return false;
	return true;
}

bool gpu_picture_update(struct gpu_picture *self, struct frame *frame, struct region *damage)
{
	if (!self->texels || !pixel_image_same(&self->image, &frame->image))
		if (!make_textures(self, &frame->image))
			return false;
	pl_dispatch_reset_frame(self->dispatch);
	frame_damage(frame, self->serial, damage);
	self->serial = 0; /* should anything fail half way */
	if (!take(self, frame, damage))
		return false;
	self->serial = frame->serial;
	return true;
}

bool gpu_picture_read(const struct gpu_picture *self, uint32_t pitch, void *pixels)
{
	const struct pl_tex_transfer_params params = {
		.tex = self->texels,
		.row_pitch = pitch,
		.ptr = pixels,
	};

	return self->texels && self->texels->params.host_readable &&
	       texels_wide(self->recipe, &self->image) == self->image.width &&
	       pl_tex_download(self->pl, &params);
}

/* ---- for libplacebo ---- */

/* Linear light counts from the guest's SDR white (spec section 6.4). */
static struct pl_color_space colour_of(const struct pixel_image *image)
{
	bool wide = image->colour & PIXEL_COLOUR_HDR, pq = image->colour & PIXEL_COLOUR_PQ;

	if (!wide && !pq)
		return pl_color_space_srgb;
	return (struct pl_color_space){
		.primaries = wide ? PL_COLOR_PRIM_BT_2020 : PL_COLOR_PRIM_BT_709,
		.transfer = pq ? PL_COLOR_TRC_PQ : PL_COLOR_TRC_LINEAR,
	};
}

void gpu_picture_describe(const struct gpu_picture *self, struct pl_frame *out)
{
	bool apart = two_steps(self->recipe, &self->image);
	uint32_t width, height;

	pixel_image_upright(&self->image, &width, &height);
	*out = (struct pl_frame){
		.num_planes = 1,
		.planes[0] = { .texture = apart ? self->pixels : self->texels, .components = 3 },
		.repr = pl_color_repr_rgb,
		.color = colour_of(&self->image),
		.crop = { 0, 0, (float)width, (float)height },
	};
	for (int i = 0; i < 3; i++)
		out->planes[0].component_mapping[i] = self->recipe->map[i];
}
