/* [hud]: what is written over the picture. [wayland]: habits of one window system. */
#include "view/settings/rows.h"

static const struct setting hud_rows[] = {
	{ "fps", "hud-fps", BOOL(hud.fps), "no", .live = true, .help = "Show rates" },
	{ "graph", "hud-graph", BOOL(hud.graph), "no", .live = true,
	  .help = "Show latencies as a graph" },
	{ "alerts", "hud-alerts", BOOL(hud.alerts), "yes", .live = true,
	  .help = "Show what happened, for moments" },
	{ "status", "hud-status", BOOL(hud.status), "yes", .live = true,
	  .help = "Say what the viewer waits for" },
	{ "recording", "hud-recording", BOOL(hud.recording), "yes", .live = true, .rare = true,
	  .help = "Show that the microphone listens" },
	{ "dim", "hud-dim", BOOL(hud.dim), "yes", .live = true, .rare = true,
	  .help = "Darken the picture behind questions" },
	{ "font", "hud-font", TEXT(hud.font), "monospace", .live = true, .rare = true,
	  .help = "Font" },
	{ "font-size", "hud-font-size", INT(hud.font_size), "14", .min = 6, .max = 96, .live = true,
	  .rare = true, .help = "Its size in pixels at scale 1" },
	{ "colour", "hud-colour", COLOUR(hud.colour), "#ffffff", .live = true, .rare = true,
	  .help = "Colour of text" },
};

static const struct setting wayland_rows[] = {
	{ "fractional-scale", BOOL(wayland.fractional_scale), "yes", .live = true, .rare = true,
	  .help = "Exact pixels at 125 %, 150 % and so on" },
	{ "inhibit-shortcuts", BOOL(wayland.inhibit_shortcuts), "yes", .live = true, .rare = true,
	  .help = "Ask the compositor for its shortcuts" },
	{ "decorations", BOOL(wayland.decorations), "yes", .rare = true,
	  .help = "Draw a title bar if nobody else does" },
};

const struct section section_hud = { "hud", "Written over the picture", hud_rows,
				     ARRAY_LEN(hud_rows) };
const struct section section_wayland = { "wayland", "Wayland", wayland_rows,
					 ARRAY_LEN(wayland_rows) };
