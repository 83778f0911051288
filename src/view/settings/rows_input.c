/* [input]: keyboard and pointer. [keys]: what the viewer does at a key's press. */
#include "view/settings/rows.h"

static const struct setting input_rows[] = {
	{ "enabled", "input", BOOL(input.enabled), "yes", .live = true,
	  .help = "Pass keyboard and pointer to the guest" },
	{ "escape-key", KEY(input.escape_key), "scrolllock", .live = true,
	  .help = "Tap: capture. Hold: the keys of [keys]",
	  .more = "Tapped, it captures keyboard and pointer or lets them go; held, it opens\n"
		  "the keys of [keys] and shows what they do. Names are those of the Linux\n"
		  "kernel without KEY_, in any case: scrolllock, rightctrl, pause." },
	{ "help-delay", INT(input.help_delay), "200", .max = 10000, .unit = "ms", .live = true,
	  .rare = true, .help = "Escape key held so long shows help",
	  .more = "The escape key held so long shows help; 0: never." },
	{ "capture-on-start", BOOL(input.capture_on_start), "no",
	  .help = "Capture the pointer from the start" },
	{ "capture-on-focus", BOOL(input.capture_on_focus), "no", .live = true,
	  .help = "Capture it when the window is focused" },
	{ "capture-only", BOOL(input.capture_only), "no", .live = true, .rare = true,
	  .help = "No input to the guest without capture" },
	{ "auto-capture", BOOL(input.auto_capture), "no", .live = true,
	  .help = "Capture while the guest hides its pointer" },
	{ "grab-keyboard", BOOL(input.grab_keyboard), "yes", .live = true,
	  .help = "Capture takes the desktop's shortcuts, too" },
	{ "grab-keyboard-on-focus", BOOL(input.grab_keyboard_on_focus), "no", .live = true,
	  .help = "Shortcuts go to the guest when focused" },
	{ "release-keys-on-focus-loss", BOOL(input.release_keys_on_focus_loss), "yes", .live = true,
	  .rare = true, .help = "No key stays down in the guest" },
	{ "forward-super", BOOL(input.forward_super), "yes", .live = true,
	  .help = "The Super keys go to the guest" },
	{ "raw", BOOL(input.raw), "no", .live = true,
	  .help = "Unaccelerated motion while captured" },
	{ "sensitivity", INT(input.sensitivity), "0", .min = -9, .max = 9, .live = true,
	  .help = "Slower or faster when captured: -9 to 9" },
	{ "smoothing", BOOL(input.smoothing), "yes", .live = true, .rare = true,
	  .help = "Keep fractions of motion" },
	{ "scale-motion", BOOL(input.scale_motion), "yes", .live = true, .rare = true,
	  .help = "Motion grows with the picture" },
	{ "hide-cursor", BOOL(input.hide_cursor), "yes", .live = true,
	  .help = "No desktop pointer over the picture",
	  .more = "Over the picture the desktop's pointer looks like the guest's, and is not\n"
		  "there while the guest shows none. *no*: it stays an arrow, and the guest's is\n"
		  "drawn where the guest says that it is." },
	{ "always-show-cursor", BOOL(input.always_show_cursor), "no", .live = true, .rare = true,
	  .help = "The guest's pointer also without focus",
	  .more = "The guest's pointer is drawn where the guest says that it is while the\n"
		  "window has no focus, or the desktop's pointer is elsewhere." },
	{ "cursor-dot", ENUM(input.cursor_dot, "no", "small", "large"), .initial = "small",
	  .live = true, .rare = true, .value = "SIZE",
	  .help = "A dot where the pointer is, unfocused",
	  .more = "While the window has no focus the pointer over the picture is a dot, *small*\n"
		  "or *large*; *no*: it looks like the guest's all the same." },
	{ "evdev", LIST(input.evdev), "", .rare = true,
	  .help = "Devices to read directly while captured",
	  .more = "Keyboards and mice (_/dev/input/by-id/..._) that are read from the kernel\n"
		  "itself while captured: the shortest way. Who is in the group _input_ may. One\n"
		  "that is not there is waited for. Touchpads are left to the window system." },
	{ "evdev-exclusive", BOOL(input.evdev_exclusive), "yes", .rare = true,
	  .help = "Nobody else gets their events then",
	  .more = "Nobody else, the window system included, gets the events of those devices\n"
		  "while captured. *no*: it does; what comes both ways counts once." },
};

#define ACTION(name_, action_, key_, help_)                                                        \
	{                                                                                          \
		name_, "key-" name_, CHORD(keys[action_]), key_, .live = true, .rare = true,       \
								 .help = help_                     \
	}

static const struct setting key_rows[] = {
	ACTION("quit", ACTION_QUIT, "q", "Quit"),
	ACTION("fullscreen", ACTION_FULLSCREEN, "f", "Full screen and back"),
	ACTION("input", ACTION_INPUT, "i", "Input to the guest on and off"),
	ACTION("rotate", ACTION_ROTATE, "r", "Turn the picture by 90 degrees"),
	ACTION("video", ACTION_VIDEO, "v", "Picture on and off"),
	ACTION("stats", ACTION_STATS, "d", "Rates on and off"),
	ACTION("graph", ACTION_GRAPH, "t", "Latency graph on and off"),
	ACTION("hud", ACTION_HUD, "o", "All of the HUD on and off"),
	ACTION("screenshot", ACTION_SHOT, "p", "Save a picture"),
	ACTION("scale", ACTION_SCALE, "s", "Next scaling mode"),
	ACTION("presenter", ACTION_PRESENTER, "g", "Next presenter"),
	ACTION("colours", ACTION_COLOURS, "b", "Next colour-blind mode"),
	ACTION("brightness", ACTION_BRIGHTNESS, "n", "Next step of brightness"),
	ACTION("zoom-in", ACTION_ZOOM_IN, "kpplus", "Larger"),
	ACTION("zoom-out", ACTION_ZOOM_OUT, "kpminus", "Smaller"),
	ACTION("sensitivity-up", ACTION_SENSITIVITY_UP, "insert", "Faster pointer"),
	ACTION("sensitivity-down", ACTION_SENSITIVITY_DOWN, "delete", "Slower pointer"),
	ACTION("mute", ACTION_MUTE, "m", "Mute"),
	ACTION("volume-up", ACTION_VOLUME_UP, "up", "Louder"),
	ACTION("volume-down", ACTION_VOLUME_DOWN, "down", "Quieter"),
	ACTION("microphone", ACTION_MICROPHONE, "e", "Microphone on and off"),
	ACTION("resize-guest", ACTION_RESIZE_GUEST, "equal", "Guest to the window's size"),
	ACTION("capture", ACTION_CAPTURE, "c", "Capture, or let go: as a tap"),
	ACTION("cancel", ACTION_CANCEL, "esc", "Give up what is being transferred"),
	ACTION("ctrl-alt-delete", ACTION_CTRL_ALT_DELETE, "backspace",
	       "Ctrl+Alt+Delete to the guest"),
};

static_assert(ARRAY_LEN(key_rows) == ACTION_COUNT, "an action has no row");

const struct section section_input = { "input", "Keyboard and pointer", input_rows,
				       ARRAY_LEN(input_rows) };
const struct section section_keys = { "keys", "Keys, with the escape key held", key_rows,
				      ARRAY_LEN(key_rows) };
