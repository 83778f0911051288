#include "view/look.h"

#include <string.h>

static const char *const scalings[LOOK_FILTER_COUNT] = {
	[LOOK_AUTO] = "auto",
	[LOOK_NEAREST] = "nearest",
	[LOOK_LINEAR] = "linear",
	[LOOK_LANCZOS] = "lanczos",
};

static const enum look_vision visions[] = {
	[COLOURS_ALL] = LOOK_ALL,
	[COLOURS_PROTANOPIA] = LOOK_PROTAN,
	[COLOURS_DEUTERANOPIA] = LOOK_DEUTAN,
	[COLOURS_TRITANOPIA] = LOOK_TRITAN,
};

/* With a variable refresh rate the display waits for us, so that queueing costs nothing. */
static const enum look_pace paces[] = {
	[SYNC_VSYNC] = LOOK_NEWEST,
	[SYNC_VRR] = LOOK_VSYNC,
	[SYNC_TEARING] = LOOK_TEAR,
};

static bool take_scaling(struct look *out, const char *name)
{
	for (int i = 0; i < LOOK_FILTER_COUNT; i++)
		if (strcmp(scalings[i], name) == 0) {
			out->filter = (enum look_filter)i;
			return true;
		}
	return false;
}

static char *folder(const struct options *options)
{
	if (options->filter_folder && *options->filter_folder)
		return g_strdup(options->filter_folder);
	return g_build_filename(g_get_user_config_dir(), "oriel", "filters", NULL);
}

static char *find_shader(const struct options *options, const char *name)
{
	g_autofree char *in = folder(options);
	g_autofree char *file = g_str_has_suffix(name, ".glsl") ? g_strdup(name)
								: g_strconcat(name, ".glsl", NULL);

	return strchr(name, '/') ? g_strdup(name) : g_build_filename(in, file, NULL);
}

static void take_filters(struct look *out, const struct options *options)
{
	GPtrArray *shaders = g_ptr_array_new();

	for (char **name = options->filters; name && *name; name++)
		if (!take_scaling(out, *name))
			g_ptr_array_add(shaders, find_shader(options, *name));
	g_ptr_array_add(shaders, NULL);
	out->shaders = (char **)g_ptr_array_free(shaders, FALSE);
}

void look_from_options(struct look *out, const struct options *options)
{
	*out = (struct look){
		.vision = visions[options->colour_blind],
		.pace = paces[options->sync],
		.late = options->late_render,
		.fps_min = MAX(options->fps_min, 0),
		.boost = (float)options->brightness,
		.sharpen = (float)options->sharpening,
		.sdr_nits = (float)options->peak_nits,
		.hdr_nits = (float)options->max_cll,
		.keep_hdr = options->hdr != HDR_OFF,
	};
	take_filters(out, options);
}

void look_clear(struct look *self)
{
	g_strfreev(self->shaders);
	*self = (struct look){ 0 };
}
