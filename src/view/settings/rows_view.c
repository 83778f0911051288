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
	{ "scale", ENUM(scale, "fit", "1:1", "integer", "shrink", "stretch"), .initial = "fit",
	  .value = "MODE", .live = true, .help = "fit, 1:1, integer, shrink or stretch",
	  .more = "*fit*: as large as the window allows, aspect kept. *1:1*: one guest pixel\n"
		  "is one screen pixel; what does not fit is cut off. *integer*: the largest\n"
		  "whole factor, sharp; as *fit* where not even one fits. *shrink*: as *fit*, but\n"
		  "never larger than it is. *stretch*: all of the window, whatever that does to\n"
		  "the picture's shape." },
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
	{ "remember-size", BOOL(remember_size), "yes", .rare = true,
	  .help = "The size you gave it comes back",
	  .more = "The size that you gave the window of a machine comes back at the next\n"
		  "start, unless *size* says another; _$XDG_STATE_HOME/oriel/windows_ has it." },
	{ "position", POSITION(position), "auto", .word = "auto", .rare = true,
	  .help = "Place of the window at first",
	  .more = "Where the window stands at first, on window systems that let programs\n"
		  "say so (X11)." },
	{ "monitor", TEXT(monitor), "", .rare = true, .value = "NAME", .help = "Monitor to be on",
	  .more = "The monitor that the window opens on, and *fullscreen* covers: its name\n"
		  "(_HDMI-1_), or a number from 1. On Wayland for full screen only." },
	{ "guest-monitor", INT(guest_monitor), "1", .min = 1, .max = 16, .rare = true,
	  .help = "Which of a guest's monitors to show",
	  .more = "Which of the guest's monitors to show where the picture comes from its\n"
		  "SPICE server, from 1. (*monitor* is one of yours.)" },
	{ "app-id", TEXT(app_id), "", .rare = true, .value = "NAME",
	  .help = "What the desktop knows the window by",
	  .more = "Application ID on Wayland, window class on X11. Default: oriel-view." },
	{ "borderless", BOOL(borderless), "no", .live = true,
	  .help = "A window without decorations" },
	{ "maximized", BOOL(maximized), "no", .help = "Start maximized" },
	{ "resizable", BOOL(resizable), "yes", .rare = true,
	  .help = "The user may resize the window" },
	{ "follow-guest", BOOL(follow_guest), "no", .live = true,
	  .help = "The window takes the guest's size",
	  .more = "The window takes the guest's size whenever that changes, even if you gave\n"
		  "it another. Otherwise it does so until you resize it." },
	{ "resize-guest", BOOL(resize_guest), "yes", .live = true,
	  .help = "Ask the guest for the window's size",
	  .more = "A window whose size you chose, or that covers the screen, asks the guest for\n"
		  "a screen of that many pixels, once you have let go of it. An Oriel in the\n"
		  "guest and SPICE's agent hear of it; they may follow or not." },
	{ "keep-aspect", BOOL(keep_aspect), "yes", .live = true,
	  .help = "Bars at the side rather than a distortion",
	  .more = "Bars at the side of the picture rather than a distortion; *no* makes\n"
		  "*scale=fit* the same as *stretch*." },
	{ "force-aspect", BOOL(force_aspect), "no", .live = true, .rare = true,
	  .help = "The window keeps the guest's aspect" },
	{ "upscale", BOOL(upscale), "yes", .live = true, .help = "A picture may be enlarged",
	  .more = "A picture may be enlarged; *no* makes *fit* and *integer* the same as\n"
		  "*shrink*." },
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
	  .value = "MODE", .help = "vsync, vrr or tearing",
	  .more = "How pictures that the GPU draws meet the display's refresh: *vsync*, the\n"
		  "newest one at each; *vrr*, the display follows the pictures; *tearing*,\n"
		  "at once, even in the middle of one." },
	{ "late-render", BOOL(late_render), "yes", .live = true, .rare = true,
	  .help = "Draw as late as the display allows",
	  .more = "With *sync=vsync*, the GPU draws as late before a refresh as the display\n"
		  "allows, so that the newest picture is seen; *no*: each as it comes. The\n"
		  "display must tell when it showed something (presentation-time on Wayland,\n"
		  "Present on X11), else it is as it comes anyway." },
	{ "fps-min", INT(fps_min), "off", .word = "off", .min = 1, .max = 1000, .unit = "Hz",
	  .live = true, .rare = true, .help = "Draw so often though nothing changes",
	  .more = "The GPU draws at least so often, though nothing changes: keeps a display\n"
		  "of variable refresh, or a GPU's clock, from falling asleep." },
	{ "idle-inhibit", ENUM(idle_inhibit, "no", "guest", "always"), .initial = "guest",
	  .live = true, .value = "WHEN", .help = "Keep the screen on: no, guest or always",
	  .more = "When the screen stays on: *always* while the window is there, *guest*:\n"
		  "while the guest asks, as its players of films do, or *no*." },
	{ "minimize-on-focus-loss", BOOL(minimize_on_focus_loss), "no", .live = true, .rare = true,
	  .help = "Minimize a full screen left for another" },
	{ "ignore-close", BOOL(ignore_close), "no", .live = true, .rare = true,
	  .help = "Closing the window does nothing" },
	{ "confirm-quit", BOOL(confirm_quit), "no", .live = true, .help = "Ask before quitting" },
	{ "sandbox", ENUM(sandbox, "auto", "off", "strict"), .initial = "auto", .value = "MODE",
	  .personal = true, .help = "auto, off or strict",
	  .more = "What this program gives up so that a guest that takes it over has little,\n"
		  "see *SANDBOX*." },
	{ "request-activation", BOOL(request_activation), "yes", .live = true, .rare = true,
	  .help = "Draw attention when the guest asks" },
};

const struct section section_view = { "view", "Window and picture", rows, ARRAY_LEN(rows) };
