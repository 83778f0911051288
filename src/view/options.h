/* view/options.h - what a person may ask of oriel-view, as the rest of the program reads it.
 *
 * The rows of view/settings/ say where each field comes from. Main thread only.
 */
#ifndef VIEW_OPTIONS_H
#define VIEW_OPTIONS_H

#include <glib.h>

#include "sandbox/sandbox.h"
#include "view/source/source.h"
#include "view/stats.h"
#include "view/window/window.h"

/* So many frames, or so many seconds. Nothing where `value` is 0. */
struct amount {
	double value;
	bool seconds;
};

/* Nothing where `width` is 0. */
struct extent {
	uint32_t width, height;
};

struct place {
	int32_t x, y;
	bool given;
};

/* A key (linux/input-event-codes.h) with others held; pressed while the escape key is down.
 * Nothing where `key` is 0. */
enum chord_modifier { CHORD_SHIFT = 0x1, CHORD_CTRL = 0x2, CHORD_ALT = 0x4, CHORD_SUPER = 0x8 };
struct chord {
	uint32_t key, modifiers;
};

/* What the keys of [keys] do. */
enum action {
	ACTION_QUIT,
	ACTION_FULLSCREEN,
	ACTION_INPUT,
	ACTION_ROTATE,
	ACTION_VIDEO,
	ACTION_STATS,
	ACTION_GRAPH,
	ACTION_HUD,
	ACTION_SHOT,
	ACTION_SCALE,
	ACTION_PRESENTER,
	ACTION_COLOURS,
	ACTION_BRIGHTNESS,
	ACTION_ZOOM_IN,
	ACTION_ZOOM_OUT,
	ACTION_SENSITIVITY_UP,
	ACTION_SENSITIVITY_DOWN,
	ACTION_MUTE,
	ACTION_VOLUME_UP,
	ACTION_VOLUME_DOWN,
	ACTION_MICROPHONE,
	ACTION_RESIZE_GUEST,
	ACTION_CAPTURE,
	ACTION_CTRL_ALT_DELETE,
	ACTION_CANCEL,
	ACTION_COUNT
};

enum list_style { LIST_NO, LIST_TABLE, LIST_CSV };
enum idle_inhibit { IDLE_NEVER, IDLE_GUEST, IDLE_ALWAYS };
enum hdr_mode { HDR_AUTO, HDR_OFF, HDR_ON };
enum colour_blind { COLOURS_ALL, COLOURS_PROTANOPIA, COLOURS_DEUTERANOPIA, COLOURS_TRITANOPIA };
enum cursor_dot { CURSOR_DOT_NONE, CURSOR_DOT_SMALL, CURSOR_DOT_LARGE };
enum permission { PERMISSION_ASK, PERMISSION_ALLOW, PERMISSION_DENY };
enum sync_mode { SYNC_VSYNC, SYNC_VRR, SYNC_TEARING };

struct options {
	/* [view] */
	const struct source_impl *source;
	char *source_arg; /* or NULL */
	const struct window_impl *window;
	const char *way; /* presenter, NULL: the best that works */
	char *title;     /* NULL: "Oriel - GUEST" */
	enum scale_mode scale;
	gboolean fullscreen;
	char **filters;
	char *filter_folder;
	double sharpening, brightness;
	enum colour_blind colour_blind;
	enum hdr_mode hdr;
	int peak_nits, max_cll;
	int rotate; /* quarter turns */
	enum sync_mode sync;
	gboolean late_render;
	int fps_min; /* SETTING_WORD: only changes */
	struct extent size;
	struct place position;
	char *monitor, *app_id;
	int guest_monitor; /* from 1 */
	gboolean borderless, maximized, resizable, follow_guest, resize_guest, keep_aspect,
		force_aspect, upscale, minimize_on_focus_loss, ignore_close, confirm_quit,
		request_activation, remember_size;
	enum idle_inhibit idle_inhibit;
	enum sandbox_mode sandbox;

	struct input_options {
		uint32_t escape_key; /* linux/input-event-codes.h */
		int help_delay;      /* ms */
		gboolean enabled, capture_on_start, capture_on_focus, capture_only, auto_capture,
			grab_keyboard, grab_keyboard_on_focus, release_keys_on_focus_loss,
			forward_super, raw, smoothing, scale_motion, hide_cursor,
			always_show_cursor;
		int sensitivity; /* -9 to 9 */
		enum cursor_dot cursor_dot;
		char **evdev;
		gboolean evdev_exclusive;
	} input;
	struct chord keys[ACTION_COUNT];
	struct hud_options {
		gboolean fps, graph, alerts, status, recording, dim;
		char *font;
		int font_size;
		uint32_t colour;
	} hud;
	struct wayland_options {
		gboolean fractional_scale, inhibit_shortcuts, decorations;
	} wayland;
	struct audio_options {
		gboolean enabled, sync_volume;
		int latency; /* ms, SETTING_WORD: as short as it holds */
		char *output, *input;
		enum permission microphone;
	} audio;
	struct spice_options {
		gboolean enabled, input, wait;
		char *address, *file, *password_file, *ca_file, *share;
		char **usb;
		enum spice_textures { SPICE_TEXTURES_AUTO, SPICE_TEXTURES_COPY } textures;
		bool unconfined, sealed; /* as `sandbox` says: it is off, or strict */
		int link, opener;        /* to an oriel-spice that runs already; 0: none */
	} spice;
	struct clipboard_options {
		gboolean enabled, to_guest, to_local, files;
	} clipboard;

	/* Of one run. */
	enum stats_style stats;
	char *shot;         /* file, or NULL */
	char *record_input; /* the same */
	struct amount shot_after, exit_after;
	double timeout; /* seconds to wait for a picture; 0: for ever */
	gboolean verbose;

	/* As asked; the fields above that depend on several of these are made of them. */
	struct asked_options {
		char *memory, *server, *source, *vm, *config, *import;
		int window, presenter;
		enum list_style list;
		double timeout;
		gboolean headless, no_config, help, help_all, version, print, write;
	} asked;
};

enum options_answer { OPTIONS_RUN, OPTIONS_DONE, OPTIONS_WRONG };

/* Reads argv, and no file: what the settings of nobody would be. OPTIONS_DONE: --help or --version
 * was printed. OPTIONS_WRONG: `error` says what. options_clear() afterwards in any case. */
enum options_answer options_parse(struct options *out, int argc, char **argv, GError **error);

/* The fields that several `asked` make. */
gboolean options_resolve(struct options *self, GError **error);

void options_clear(struct options *self);

#endif
