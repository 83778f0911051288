/* [view]: the window and the picture in it. */
#include "view/settings/rows.h"

static const struct setting rows[] = {
	{ "memory", .letter = 'm', PATH(asked.memory), "",
	  .help = "Shared memory: a file or /dev/kvmfr0",
	  .more = "The shared memory: the file behind QEMU's ivshmem device, or\n"
		  "_/dev/kvmfr0_. Default: see *FINDING THE GUEST*. A file that does not exist\n"
		  "yet is waited for." },
	{ "server", PATH(asked.server), "", .value = "SOCKET",
	  .help = "Memory and wake-ups from oriel shmd",
	  .more = "The socket of the machine's ivshmem server, *oriel-shmd*(1): it hands out\n"
		  "the memory, and the guest's doorbell wakes this program. One that does not\n"
		  "run yet is waited for. *fd:*_N_: a connection to one, inherited as\n"
		  "descriptor _N_." },
	{ "fullscreen", .letter = 'f', BOOL(fullscreen), "no", .live = true,
	  .help = "Cover the screen (F11 toggles)", .more = "Cover the screen from the start." },
	{ "scale", ENUM(scale, "fit", "1:1", "integer"), .initial = "fit", .value = "MODE",
	  .live = true, .help = "fit, 1:1 or integer",
	  .more = "*fit*: as large as the window allows, aspect kept. *1:1*: one guest pixel\n"
		  "is one screen pixel; what does not fit is cut off. *integer*: the largest\n"
		  "whole factor, sharp; as *fit* where not even one fits." },
	{ "title", .letter = 't', TEXT(title), "", .live = true, .help = "Title of the window",
	  .more = "Title of the window. Default: \"Oriel - \" and the guest's operating\n"
		  "system." },
	{ "window", ENUM(asked.window, "auto", "wayland", "x11", "headless"), .initial = "auto",
	  .value = "KIND", .help = "wayland, x11 or headless",
	  .more = "*wayland*, *x11*, or *headless*: no window at all. *auto*: what the\n"
		  "environment names (*WAYLAND_DISPLAY*, *XDG_SESSION_TYPE*), else *x11*." },
	{ "presenter", ENUM(asked.presenter, "auto", "direct", "gpu", "copy", "null"),
	  .initial = "auto", .rare = true, .help = "auto, direct, gpu, copy or null",
	  .more = "How frames get into the window: *auto* (the best that works), *direct*\n"
		  "(the display server reads the guest's memory), *copy* (converted here),\n"
		  "or, without a window, *null*." },
	{ "size", SIZE(size), "auto", .word = "auto", .help = "Size of the window at first",
	  .more = "Size of the window at first; *auto* is the guest's, and follows it." },
	{ "position", POSITION(position), "auto", .word = "auto", .later = true, .rare = true,
	  .help = "Place of the window at first",
	  .more = "Where the window stands at first, on window systems that let programs\n"
		  "say so (X11)." },
	{ "monitor", TEXT(monitor), "", .later = true, .rare = true,
	  .help = "Monitor for full screen", .more = "The monitor that *fullscreen* covers." },
	{ "app-id", TEXT(app_id), "", .rare = true, .value = "NAME",
	  .help = "What the desktop knows the window by",
	  .more = "Application ID on Wayland, window class on X11. Default: oriel-view." },
	{ "borderless", BOOL(borderless), "no", .live = true,
	  .help = "A window without decorations" },
	{ "maximized", BOOL(maximized), "no", .help = "Start maximized" },
	{ "resizable", BOOL(resizable), "yes", .later = true, .rare = true,
	  .help = "The user may resize the window" },
	{ "follow-guest", BOOL(follow_guest), "no", .live = true, .later = true,
	  .help = "The window takes the guest's size" },
	{ "resize-guest", BOOL(resize_guest), "yes", .live = true, .later = true,
	  .help = "Ask the guest for the window's size" },
	{ "keep-aspect", BOOL(keep_aspect), "yes", .live = true, .later = true,
	  .help = "Bars at the side rather than a distortion" },
	{ "force-aspect", BOOL(force_aspect), "no", .live = true, .later = true, .rare = true,
	  .help = "The window keeps the guest's aspect" },
	{ "upscale", BOOL(upscale), "yes", .live = true, .later = true,
	  .help = "A picture may be enlarged" },
	{ "rotate", ENUM(rotate, "0", "90", "180", "270"), .initial = "0", .live = true,
	  .value = "DEGREES", .help = "Turn the picture" },
	{ "filter", LIST(filters), "", .live = true, .help = "Filters, in order",
	  .more = "*nearest*, *linear*, *lanczos*, and names of shaders in *filter-folder*,\n"
		  "applied in this order." },
	{ "filter-folder", PATH(filter_folder), "", .rare = true,
	  .help = "Folder of mpv user shaders",
	  .more = "Default: _filters_ beside the settings file." },
	{ "sharpening", FLOAT(sharpening), "0", .max = 1, .live = true,
	  .help = "0 to 1: contrast-adaptive sharpening" },
	{ "brightness", FLOAT(brightness), "1", .min = 0.1, .max = 10, .live = true,
	  .help = "1: as it is; 4: see in the dark" },
	{ "colour-blind", ENUM(colour_blind, "no", "protanopia", "deuteranopia", "tritanopia"),
	  .initial = "no", .live = true, .value = "KIND",
	  .help = "Colours for eyes that miss one" },
	{ "hdr", ENUM(hdr, "auto", "off", "on"), .initial = "auto", .live = true, .value = "MODE",
	  .help = "Pass HDR on where the display takes it" },
	{ "peak-luminance", INT(peak_nits), "250", .min = 10, .max = 10000, .unit = "cd/m2",
	  .live = true, .rare = true, .help = "White of this display, for HDR" },
	{ "max-cll", INT(max_cll), "10000", .min = 10, .max = 10000, .unit = "cd/m2", .live = true,
	  .rare = true, .help = "Brightest point of HDR pictures" },
	{ "sync", ENUM(sync, "vsync", "vrr", "tearing"), .initial = "vsync", .live = true,
	  .value = "MODE", .help = "vsync, vrr or tearing" },
	{ "late-render", BOOL(late_render), "yes", .live = true, .later = true, .rare = true,
	  .help = "Draw as late as the display allows" },
	{ "fps-min", INT(fps_min), "off", .word = "off", .min = 1, .max = 1000, .unit = "Hz",
	  .live = true, .later = true, .rare = true,
	  .help = "Draw so often though nothing changes" },
	{ "idle-inhibit", ENUM(idle_inhibit, "no", "guest", "always"), .initial = "guest",
	  .live = true, .later = true, .value = "WHEN",
	  .help = "Keep the screen on: no, guest or always" },
	{ "minimize-on-focus-loss", BOOL(minimize_on_focus_loss), "no", .live = true, .later = true,
	  .rare = true, .help = "Minimize a full screen left for another" },
	{ "ignore-close", BOOL(ignore_close), "no", .live = true, .rare = true,
	  .help = "Closing the window does nothing" },
	{ "confirm-quit", BOOL(confirm_quit), "no", .live = true,
	  .help = "Ask before quitting" },
	{ "sandbox", ENUM(sandbox, "auto", "off", "strict"), .initial = "auto", .value = "MODE",
	  .personal = true, .help = "auto, off or strict",
	  .more = "What this program gives up so that a guest that takes it over has little,\n"
		  "see *SANDBOX*." },
	{ "request-activation", BOOL(request_activation), "yes", .live = true, .later = true,
	  .rare = true, .help = "Draw attention when the guest asks" },
};

const struct section section_view = { "view", "Window and picture", rows, ARRAY_LEN(rows) };
