/* Each option of Looking Glass's client, B7 and what came after it, and what is ours for it. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "view/settings/import.h"
#include "view/settings/keys.h"

typedef const char *const pairs[][2];

static char *mapped(const struct import_row *row, const char *value)
{
	for (size_t i = 0; row->map[i][0]; i++)
		if (g_ascii_strcasecmp(row->map[i][0], value) == 0)
			return g_strdup(row->map[i][1] ? row->map[i][1] : "");
	return NULL;
}

static char *same(const struct import_row *row, const char *value)
{
	(void)row;
	return g_strdup(value);
}

/* "center", or "LxT". */
static char *position(const struct import_row *row, const char *value)
{
	const char *cross = strchr(value, 'x');

	(void)row;
	if (g_ascii_strcasecmp(value, "center") == 0)
		return g_strdup("auto");
	return cross ? g_strdup_printf("%.*s,%s", (int)(cross - value), value, cross + 1) : NULL;
}

/* KEY_SCROLLLOCK, or 70. */
static char *key(const struct import_row *row, const char *value)
{
	uint32_t code = g_ascii_isdigit(value[0]) && value[1] ? (uint32_t)strtoul(value, NULL, 10)
							      : key_code(value);

	(void)row;
	return g_strdup(key_name(code));
}

/* Steps of light; 0 is as it is. */
static char *gain(const struct import_row *row, const char *value)
{
	char *end;
	long steps = strtol(value, &end, 10);

	(void)row;
	return end != value && !*end && steps >= 0 && steps < 10 ? g_strdup_printf("%ld", steps + 1)
								 : NULL;
}

static char *at_least(const struct import_row *row, const char *value)
{
	(void)row;
	return g_strdup(atoi(value) > 0 ? value : "off");
}

static pairs yes_no = { { "yes", "yes" },  { "no", "no" },  { "true", "yes" },
			{ "false", "no" }, { "on", "yes" }, { "off", "no" },
			{ "1", "yes" },    { "0", "no" },   { NULL } };
static pairs no_yes = { { "yes", "no" },    { "no", "yes" }, { "true", "no" },
			{ "false", "yes" }, { "on", "no" },  { "off", "yes" },
			{ "1", "no" },      { "0", "yes" },  { NULL } };

/* "yes" is one of our values, "no" asks for nothing. */
#define ONLY(name_, ours_)                                                                         \
	static pairs name_ = { { "yes", ours_ },  { "no", NULL },  { "true", ours_ },              \
			       { "false", NULL }, { "on", ours_ }, { "off", NULL },                \
			       { "1", ours_ },    { "0", NULL },   { NULL } }
ONLY(integer, "integer");
ONLY(always, "always");
ONLY(guest, "guest");
ONLY(vsync, "vsync");
ONLY(large, "large");
ONLY(fsr, "FSR");

static pairs no_dot = { { "yes", NULL },   { "no", "no" }, { "true", NULL },
			{ "false", "no" }, { "on", NULL }, { "off", "no" },
			{ "1", NULL },     { "0", "no" },  { NULL } };
static pairs answers = { { "prompt", "ask" }, { "allow", "allow" }, { "deny", "deny" }, { NULL } };
static pairs eyes = { { "0", "no" },
		      { "1", "protanopia" },
		      { "2", "deuteranopia" },
		      { "3", "tritanopia" },
		      { NULL } };
static pairs filters = { { "0", NULL }, { "1", "nearest" }, { "2", "linear" }, { NULL } };
static pairs downscalers = { { "0", "nearest" }, { "1", "linear" }, { "2", "lanczos" }, { NULL } };

#define SAME(target_)       .target = target_, .convert = same
#define VIA(target_, map_)  .target = target_, .convert = mapped, .map = map_
#define YES(target_)        .toggle = "no", VIA(target_, yes_no)  /* their default is yes */
#define NO(target_)         .toggle = "yes", VIA(target_, yes_no) /* their default is no */
#define WITH(target_, func) .target = target_, .convert = func
#define NONE(note_)         .note = note_
#define FLAG_NONE(note_)    .toggle = "yes", .note = note_

#define NO_POLLING  "nothing polls between two Oriels; otherwise the pace is the guest's own"
#define NO_GL       "the presenter decides; libplacebo knows what the driver can do"
#define NO_TEST     "oriel-view --source=pattern draws test pictures, --shot keeps one"
#define NO_DMA      "dma-bufs are used wherever kernel and driver can"
#define FILTER_HINT "filters are named in [view] filter, in their order"

const struct import_row import_rows[] = {
	{ "app:shmFile", 'f', SAME("view.memory") },
	{ "app:configFile", 'C', NONE("import that file, too; ours is named by --config") },
	{ "app:renderer", 'g', NONE("[view] presenter: the best that works is found") },
	{ "app:license", 'l', FLAG_NONE("see LICENSE: GPL-2.0-or-later") },
	{ "app:cursorPollInterval", 0, NONE(NO_POLLING) },
	{ "app:framePollInterval", 0, NONE(NO_POLLING) },
	{ "app:allowDMA", 0, .toggle = "no", NONE(NO_DMA) },
	{ "app:transport", 0, NONE("--source says where pictures come from") },
	{ "lgmp:shmDevice", 'f', SAME("view.memory") },
	{ "lgmp:allowDMA", 0, .toggle = "no", NONE(NO_DMA) },
	{ "lgmp:framePollInterval", 0, NONE(NO_POLLING) },
	{ "lgmp:cursorPollInterval", 0, NONE(NO_POLLING) },
	{ "win:title", 0, SAME("view.title") },
	{ "win:appId", 0, SAME("view.app-id") },
	{ "win:position", 0, WITH("view.position", position) },
	{ "win:size", 0, SAME("view.size") },
	{ "win:autoResize", 'a', NO("view.follow-guest") },
	{ "win:allowResize", 'n', YES("view.resizable") },
	{ "win:keepAspect", 'r', YES("view.keep-aspect") },
	{ "win:forceAspect", 0, YES("view.force-aspect") },
	{ "win:dontUpscale", 0, .toggle = "yes", VIA("view.upscale", no_yes) },
	{ "win:intUpscale", 0, .toggle = "yes", VIA("view.scale", integer) },
	{ "win:shrinkOnUpscale", 0,
	  FLAG_NONE("[view] follow-guest makes the window no larger than the picture") },
	{ "win:borderless", 'd', NO("view.borderless") },
	{ "win:fullScreen", 'F', NO("view.fullscreen") },
	{ "win:maximize", 'T', NO("view.maximized") },
	{ "win:minimizeOnFocusLoss", 0, NO("view.minimize-on-focus-loss") },
	{ "win:fpsMin", 'K', WITH("view.fps-min", at_least) },
	{ "win:ignoreQuit", 'Q', NO("view.ignore-close") },
	{ "win:autoScreensaver", 0, .toggle = "yes", VIA("view.idle-inhibit", guest) },
	{ "win:noScreensaver", 'S', .toggle = "yes", VIA("view.idle-inhibit", always) },
	{ "win:alerts", 'q', YES("hud.alerts") },
	{ "win:quickSplash", 0,
	  FLAG_NONE("there is no splash: the first picture ends the notice") },
	{ "win:overlayDimsDesktop", 0, YES("hud.dim") },
	{ "win:rotate", 0, SAME("view.rotate") },
	{ "win:uiFont", 0, SAME("hud.font") },
	{ "win:uiSize", 0, SAME("hud.font-size") },
	{ "win:jitRender", 0, NO("view.late-render") },
	{ "win:requestActivation", 0, YES("view.request-activation") },
	{ "win:showFPS", 'k', NO("hud.fps") },
	{ "win:setGuestRes", 0, YES("view.resize-guest") },
	{ "win:disableWaitingMessage", 0, .toggle = "yes", VIA("hud.status", no_yes) },
	{ "input:captureOnFocus", 0, NO("input.capture-on-focus") },
	{ "input:grabKeyboard", 'G', YES("input.grab-keyboard") },
	{ "input:grabKeyboardOnFocus", 0, NO("input.grab-keyboard-on-focus") },
	{ "input:releaseKeysOnFocusLoss", 0, YES("input.release-keys-on-focus-loss") },
	{ "input:escapeKey", 'm', WITH("input.escape-key", key) },
	{ "input:ignoreWindowsKeys", 0, .toggle = "yes", VIA("input.forward-super", no_yes) },
	{ "input:hideCursor", 'M', YES("input.hide-cursor") },
	{ "input:mouseSens", 0, SAME("input.sensitivity") },
	{ "input:mouseSmoothing", 0, YES("input.smoothing") },
	{ "input:rawMouse", 0, NO("input.raw") },
	{ "input:mouseRedraw", 0, .toggle = "no",
	  NONE("the pointer moves on a plane of its own, nothing is drawn for it") },
	{ "input:autoCapture", 0, NO("input.auto-capture"),
	  .note = "theirs differs from release to release; see oriel-view(1) for ours" },
	{ "input:captureOnly", 0, NO("input.capture-only") },
	{ "input:helpMenuDelay", 0, SAME("input.help-delay") },
	{ "input:evdev", 0, SAME("input.evdev") },
	{ "input:evdevExclusive", 0, YES("input.evdev-exclusive") },
	{ "input:mouseTrace", 0, FLAG_NONE("ORIEL_LOG=debug") },
	{ "input:scaleCursor", 'j', YES("input.scale-motion") },
	{ "input:captureOnStart", 0, NO("input.capture-on-start") },
	{ "input:alwaysShowCursor", 0, NO("input.always-show-cursor") },
	{ "input:showCursorDot", 0, .toggle = "no", VIA("input.cursor-dot", no_dot) },
	{ "input:largeCursorDot", 0, .toggle = "yes", VIA("input.cursor-dot", large) },
	{ "clipboard:toVM", 0, YES("clipboard.to-guest") },
	{ "clipboard:toLocal", 0, YES("clipboard.to-local") },
	{ "spice:enable", 's', YES("spice.enabled") },
	{ "spice:host", 'c', SAME("spice.address") },
	{ "spice:port", 'p', SAME("spice.address") },
	{ "spice:input", 0, YES("spice.input") },
	{ "spice:clipboard", 0, YES("clipboard.enabled") },
	{ "spice:clipboardToVM", 0, YES("clipboard.to-guest") },
	{ "spice:clipboardToLocal", 0, YES("clipboard.to-local") },
	{ "spice:audio", 0, YES("audio.enabled") },
	{ "spice:scaleCursor", 'j', YES("input.scale-motion") },
	{ "spice:captureOnStart", 0, NO("input.capture-on-start") },
	{ "spice:alwaysShowCursor", 0, NO("input.always-show-cursor") },
	{ "spice:showCursorDot", 0, .toggle = "no", VIA("input.cursor-dot", no_dot) },
	{ "spice:largeCursorDot", 0, .toggle = "yes", VIA("input.cursor-dot", large) },
	{ "spice:waitForServer", 0, YES("spice.wait") },
	{ "spice:usbAudio", 0, .toggle = "no", NONE("sound takes SPICE's own channels") },
	{ "audio:periodSize", 0, NONE("the sound server decides; [audio] latency bounds it") },
	{ "audio:bufferLatency", 0, SAME("audio.latency") },
	{ "audio:micDefault", 0, VIA("audio.microphone", answers) },
	{ "audio:micShowIndicator", 0, YES("hud.recording") },
	{ "audio:syncVolume", 0, YES("audio.sync-volume") },
	{ "audio:debug", 0, FLAG_NONE("ORIEL_LOG=debug") },
	{ "audio:latencyOffset", 0, NONE("[audio] latency is the whole of it") },
	{ "audio:resampler", 0, NONE("the sound server resamples") },
	{ "egl:preset", 0, NONE(FILTER_HINT) },
	{ "egl:vsync", 0, .toggle = "yes", VIA("view.sync", vsync) },
	{ "egl:doubleBuffer", 0, FLAG_NONE("the newest picture wins; nothing queues up") },
	{ "egl:multisample", 0, .toggle = "no", NONE(NO_GL) },
	{ "egl:nvGainMax", 0, NONE("[view] brightness goes up to 10") },
	{ "egl:nvGain", 0, WITH("view.brightness", gain), .note = "about as bright" },
	{ "egl:cbMode", 0, VIA("view.colour-blind", eyes) },
	{ "egl:scale", 0, VIA("view.filter", filters) },
	{ "egl:debug", 0, FLAG_NONE("ORIEL_LOG=debug") },
	{ "egl:noBufferAge", 0, FLAG_NONE(NO_GL) },
	{ "egl:noSwapDamage", 0, FLAG_NONE(NO_GL) },
	{ "egl:scalePointer", 0, .toggle = "no", NONE("the pointer is as large as the picture") },
	{ "egl:mapHDRtoSDR", 0, .toggle = "no",
	  NONE("[view] hdr: tone-mapped wherever the display takes no HDR") },
	{ "egl:peakLuminance", 0, SAME("view.peak-luminance") },
	{ "egl:maxCLL", 0, SAME("view.max-cll") },
	{ "eglFilter:downscale", 0,
	  FLAG_NONE("a picture that is too large is scaled down anyway") },
	{ "eglFilter:downscalePixelSize", 0, NONE("the window's size decides") },
	{ "eglFilter:downscaleHOffset", 0, NONE("there is no offset") },
	{ "eglFilter:downscaleVOffset", 0, NONE("there is no offset") },
	{ "eglFilter:downscaleFilter", 0, VIA("view.filter", downscalers),
	  .needs = "eglFilter:downscale" },
	{ "eglFilter:ffxCAS", 0, FLAG_NONE("[view] sharpening above 0 is on") },
	{ "eglFilter:ffxCASSharpness", 0, SAME("view.sharpening"), .needs = "eglFilter:ffxCAS" },
	{ "eglFilter:order", 0, NONE(FILTER_HINT) },
	{ "eglFilter:ffxFSR", 0, .toggle = "yes", VIA("view.filter", fsr),
	  .note = "put a mpv shader FSR.glsl into [view] filter-folder" },
	{ "eglFilter:ffxFSRSharpness", 0, NONE("the shader's own parameter") },
	{ "eglFilter:glslPath", 0, SAME("view.filter-folder") },
	{ "eglFilter:glslEnabled", 0, SAME("view.filter") },
	{ "opengl:mipmap", 0, .toggle = "no", NONE(NO_GL) },
	{ "opengl:vsync", 0, .toggle = "yes", VIA("view.sync", vsync) },
	{ "opengl:preventBuffer", 0, .toggle = "no",
	  NONE("the newest picture wins; nothing queues up") },
	{ "opengl:amdPinnedMem", 0, .toggle = "no", NONE(NO_GL) },
	{ "wayland:warpSupport", 0, .toggle = "no",
	  NONE("the pointer is never warped: absolute outside of capture, relative in it") },
	{ "wayland:fractionScale", 0, YES("wayland.fractional-scale") },
	{ "i3:globalFullScreen", 0, FLAG_NONE("[view] fullscreen; i3 itself knows global ones") },
	{ "pipewire:outDevice", 0, SAME("audio.output") },
	{ "pipewire:recDevice", 0, SAME("audio.input") },
	{ "test:width", 0, NONE(NO_TEST) },
	{ "test:height", 0, NONE(NO_TEST) },
	{ "test:stride", 0, NONE(NO_TEST) },
	{ "test:frameRate", 0, NONE(NO_TEST) },
	{ "test:frameCount", 0, NONE(NO_TEST) },
	{ "test:realtime", 0, .toggle = "no", NONE(NO_TEST) },
	{ "test:format", 0, NONE(NO_TEST) },
	{ "test:damage", 0, NONE(NO_TEST) },
	{ "test:holdLastFrame", 0, FLAG_NONE(NO_TEST) },
	{ "test:captureFile", 0, NONE(NO_TEST) },
	{ "test:captureFrame", 0, NONE(NO_TEST) },
	{ "test:captureDelay", 0, NONE(NO_TEST) },
};

const size_t import_row_count = ARRAY_LEN(import_rows);
