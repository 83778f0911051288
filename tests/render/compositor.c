#include "compositor.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <gio/gunixfdlist.h>
#include <png.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE_MS 15000
#define NOBODY      65534 /* sway does not run as root */

static const char *const programs[] = { "weston", "weston", "sway", "kwin_wayland",
					"kwin_wayland" };

/* ---- starting ---- */

static void write_config(const struct compositor *self, const char *scale, const char *more)
{
	g_autofree char *path = g_build_filename(self->dir, "config", NULL);
	g_autofree char *text = g_strdup_printf(
		"output HEADLESS-1 resolution %ux%u scale %s\n"
		"output HEADLESS-1 bg #204060 solid_color\n"
		"default_border none\nxwayland disable\nseat * pointer_constraint enable\n%s\n",
		self->width, self->height, scale ? scale : "1", more ? more : "");

	CHECK(g_file_set_contents(path, text, -1, NULL));
	if (geteuid() == 0)
		CHECK(chown(self->dir, NOBODY, NOBODY) == 0);
}

static void become_nobody(void)
{
	if (geteuid() == 0 && (setgid(NOBODY) != 0 || setuid(NOBODY) != 0))
		_exit(126);
}

static void exec_weston(const struct compositor *self, bool gl)
{
	char width[32], height[32];

	snprintf(width, sizeof(width), "--width=%u", self->width);
	snprintf(height, sizeof(height), "--height=%u", self->height);
	execlp("weston", "weston", "--no-config", "--backend=headless-backend.so", "--idle-time=0",
	       "--debug", gl ? "--use-gl" : "--use-pixman", width, height, (char *)NULL);
}

static void exec_sway(const struct compositor *self)
{
	become_nobody();
	setenv("HOME", self->dir, 1);
	setenv("WLR_BACKENDS", "headless", 1);
	setenv("WLR_RENDERER", "pixman", 1);
	setenv("WLR_LIBINPUT_NO_DEVICES", "1", 1);
	execlp("sway", "sway", "-c", "config", (char *)NULL);
}

/* Debian's has a capability that containers forbid; a copy has none, but it must keep the name. */
static void exec_kwin(const struct compositor *self, const char *scale)
{
	double factor = g_ascii_strtod(scale ? scale : "1", NULL); /* it counts units */
	char width[16], height[16];

	snprintf(width, sizeof(width), "%.0f", self->width / factor);
	snprintf(height, sizeof(height), "%.0f", self->height / factor);
	setenv("KWIN_COMPOSE", self->kind == KWIN_GL ? "O2" : "Q", 1);
	setenv("KWIN_SCREENSHOT_NO_PERMISSION_CHECKS", "1", 1);
	setenv("HOME", self->dir, 1);
	execlp("dbus-run-session", "dbus-run-session", "--", "sh", "-c",
	       "echo \"$DBUS_SESSION_BUS_ADDRESS\" >bus;"
	       "cp \"$(command -v kwin_wayland)\" . && exec ./kwin_wayland \"$@\"",
	       "kwin", "--virtual", "--no-lockscreen", "--width", width, "--height", height,
	       "--scale", scale ? scale : "1", "--socket", "wayland-1", (char *)NULL);
}

static void exec_compositor(const struct compositor *self, const char *scale)
{
	int null = open("/dev/null", O_RDWR);
	int log = open("log", O_WRONLY | O_CREAT | O_TRUNC, 0666);

	dup2(null, STDIN_FILENO);
	dup2(log, STDOUT_FILENO);
	dup2(log, STDERR_FILENO);
	unsetenv("DISPLAY");
	if (self->kind == SWAY)
		exec_sway(self);
	else if (self->kind >= KWIN)
		exec_kwin(self, scale);
	else
		exec_weston(self, self->kind == WESTON_GL);
	_exit(127);
}

static void take_along(int number)
{
	(void)number;
	kill(0, SIGKILL);
}

/* A keeper: the kernel tells it that we are gone, and it ends its whole group. What it starts would
 * forget to be told: dbus-run-session stands in between, and KWin may have capabilities. */
static void keep(const struct compositor *self, const char *scale, pid_t parent)
{
	struct sigaction action = { .sa_handler = take_along };

	setpgid(0, 0);
	sigaction(SIGTERM, &action, NULL);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent || chdir(self->dir) != 0)
		_exit(126);
	pid_t pid = fork();
	if (pid == 0)
		exec_compositor(self, scale);
	waitpid(pid, NULL, 0);
	_exit(0);
}

/* A name in the directory that begins so and is a socket; g_free(). */
static char *find_socket(const char *dir, const char *prefix, const char *suffix)
{
	DIR *listing = opendir(dir);
	struct dirent *entry;
	char *found = NULL;

	while (listing && !found && (entry = readdir(listing)))
		if (g_str_has_prefix(entry->d_name, prefix) &&
		    g_str_has_suffix(entry->d_name, suffix) && !strstr(entry->d_name, ".lock"))
			found = g_strdup(entry->d_name);
	if (listing)
		closedir(listing);
	return found;
}

static bool await_socket(struct compositor *self)
{
	for (int i = 0; i < PATIENCE_MS / 20 && !self->socket; i++) {
		self->socket = find_socket(self->dir, "wayland-", "");
		if (waitpid(self->pid, NULL, WNOHANG) == self->pid) {
			self->pid = 0;
			return false;
		}
		g_usleep(20000);
	}
	/* They listen before they are ready; weston's screen fades in then. */
	g_usleep(self->kind <= WESTON_GL ? 1000000 : 300000);
	return self->socket != NULL;
}

void compositor_start(struct compositor *self, enum compositor_kind kind, uint32_t width,
		      uint32_t height, const char *scale, const char *more)
{
	g_autofree char *program = g_find_program_in_path(programs[kind]);

	if (!program)
		test_skip("no %s here", programs[kind]);
	*self = (struct compositor){ .kind = kind, .width = width, .height = height };
	self->dir = g_dir_make_tmp("oriel-compositor-XXXXXX", NULL);
	CHECK(self->dir);
	g_setenv("XDG_RUNTIME_DIR", self->dir, TRUE);
	g_unsetenv("WAYLAND_DISPLAY");
	if (kind == SWAY)
		write_config(self, scale, more);
	pid_t parent = getpid();
	self->pid = fork();
	if (self->pid == 0)
		keep(self, scale, parent);
	if (!await_socket(self)) {
		compositor_stop(self);
		test_skip("%s does not start here", programs[kind]);
	}
	g_setenv("WAYLAND_DISPLAY", self->socket, TRUE);
}

void compositor_kill(struct compositor *self)
{
	if (self->pid > 0) {
		kill(-self->pid, SIGKILL);
		kill(self->pid, SIGKILL);
		waitpid(self->pid, NULL, 0);
	}
	self->pid = 0;
}

static void remove_all(const char *dir)
{
	const char *const argv[] = { "rm", "-rf", "--", dir, NULL };

	g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL,
		     NULL);
}

void compositor_stop(struct compositor *self)
{
	compositor_kill(self);
	if (self->dir)
		remove_all(self->dir);
	g_free(self->dir);
	g_free(self->socket);
	*self = (struct compositor){ 0 };
}

/* ---- talking ---- */

struct helper {
	bool done;
	char *out;
};

static void on_done(GObject *object, GAsyncResult *result, gpointer data)
{
	struct helper *helper = data;

	g_subprocess_communicate_utf8_finish(G_SUBPROCESS(object), result, &helper->out, NULL,
					     NULL);
	helper->done = true;
}

/* In the compositor's directory; what it said, or NULL where there is no such program. */
static char *run_helper(struct compositor *self, const char *const *argv)
{
	struct helper helper = { 0 };
	g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new(
		G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_SILENCE);
	gint64 end = g_get_monotonic_time() + PATIENCE_MS * 1000;

	g_subprocess_launcher_set_cwd(launcher, self->dir);
	g_autoptr(GSubprocess) process = g_subprocess_launcher_spawnv(launcher, argv, NULL);
	if (!process)
		return NULL;
	g_subprocess_communicate_utf8_async(process, NULL, NULL, on_done, &helper);
	while (!helper.done && g_get_monotonic_time() < end)
		if (!g_main_context_iteration(NULL, FALSE))
			g_usleep(500);
	if (!helper.done)
		g_subprocess_force_exit(process);
	while (!helper.done)
		g_main_context_iteration(NULL, TRUE);
	return helper.out ? helper.out : g_strdup("");
}

char *compositor_tell(struct compositor *self, const char *command)
{
	g_autofree char *name = find_socket(self->dir, "sway-ipc", ".sock");
	g_autofree char *path = g_build_filename(self->dir, name, NULL);
	const char *argv[] = { "swaymsg", "-s", path, command, NULL };
	const char *tree[] = { "swaymsg", "-s", path, "-r", "-t", "get_tree", NULL };

	char *out = run_helper(self, strcmp(command, "get_tree") == 0 ? tree : argv);
	if (!out)
		test_skip("no swaymsg here");
	return out;
}

static uint32_t *read_png(const char *path, uint32_t *width, uint32_t *height)
{
	png_image image = { .version = PNG_IMAGE_VERSION };

	CHECK(png_image_begin_read_from_file(&image, path));
	image.format = PNG_FORMAT_BGRA;
	uint32_t *pixels = g_malloc(PNG_IMAGE_SIZE(image));
	CHECK(png_image_finish_read(&image, NULL, pixels, 0, NULL));
	*width = image.width;
	*height = image.height;
	for (size_t i = 0; i < (size_t)image.width * image.height; i++)
		pixels[i] &= 0xffffff;
	return pixels;
}

/* Takes pictures of KWin by D-Bus: it sends the answer, and then the pixels through a pipe. */
static GVariant *ask_kwin(struct compositor *self, int into)
{
	g_autofree char *path = g_build_filename(self->dir, "bus", NULL);
	g_autofree char *address = NULL;
	g_autoptr(GUnixFDList) fds = g_unix_fd_list_new();
	g_autoptr(GDBusConnection) bus = NULL;
	GVariantBuilder options;

	g_file_get_contents(path, &address, NULL, NULL);
	bus = g_dbus_connection_new_for_address_sync(
		address ? g_strstrip(address) : "",
		G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
			G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
		NULL, NULL, NULL);
	if (!bus)
		return NULL;
	g_variant_builder_init(&options, G_VARIANT_TYPE("a{sv}"));
	g_variant_builder_add(&options, "{sv}", "native-resolution", g_variant_new_boolean(TRUE));
	return g_dbus_connection_call_with_unix_fd_list_sync(
		bus, "org.kde.KWin", "/org/kde/KWin/ScreenShot2", "org.kde.KWin.ScreenShot2",
		"CaptureActiveScreen",
		g_variant_new("(a{sv}h)", &options, g_unix_fd_list_append(fds, into, NULL)),
		G_VARIANT_TYPE("(a{sv})"), G_DBUS_CALL_FLAGS_NONE, PATIENCE_MS, fds, NULL, NULL,
		NULL);
}

static bool read_all(int fd, void *into, size_t size)
{
	uint8_t *at = into;

	while (size > 0) {
		struct pollfd ready = { .fd = fd, .events = POLLIN };
		if (poll(&ready, 1, PATIENCE_MS) != 1)
			return false;
		ssize_t got = read(fd, at, size);
		if (got <= 0)
			return false;
		at += got;
		size -= (size_t)got;
	}
	return true;
}

/* Qt's 32-bit formats are BGRA or RGBA. */
static void take_pixels(uint32_t *pixels, size_t count, uint32_t format)
{
	for (size_t i = 0; i < count; i++) {
		uint32_t pixel = pixels[i];
		if (format >= 16)
			pixel = (pixel & 0xff) << 16 | (pixel & 0xff00) | (pixel >> 16 & 0xff);
		pixels[i] = pixel & 0xffffff;
	}
}

static uint32_t *grab_kwin(struct compositor *self, uint32_t *width, uint32_t *height)
{
	int ends[2];
	uint32_t stride = 0, format = 0;

	CHECK_EQ(pipe2(ends, O_CLOEXEC), 0);
	g_autoptr(GVariant) answer = ask_kwin(self, ends[1]);
	close(ends[1]);
	if (!answer)
		test_skip("nothing takes pictures of %s here", programs[self->kind]);
	g_autoptr(GVariant) facts = g_variant_get_child_value(answer, 0);
	CHECK(g_variant_lookup(facts, "width", "u", width) &&
	      g_variant_lookup(facts, "height", "u", height) &&
	      g_variant_lookup(facts, "stride", "u", &stride) &&
	      g_variant_lookup(facts, "format", "u", &format));
	CHECK_EQ(stride, *width * 4);
	uint32_t *pixels = g_malloc((size_t)stride * *height);
	bool whole = read_all(ends[0], pixels, (size_t)stride * *height);
	close(ends[0]);
	CHECK(whole);
	take_pixels(pixels, (size_t)*width * *height, format);
	return pixels;
}

static uint32_t *grab(struct compositor *self, uint32_t *width, uint32_t *height)
{
	if (self->kind >= KWIN)
		return grab_kwin(self, width, height);
	static const char *const grim[] = { "grim", "picture.png", NULL };
	static const char *const weston[] = { "sh", "-c",
					      "rm -f wayland-screenshot*.png; weston-screenshooter"
					      " && mv wayland-screenshot*.png picture.png",
					      NULL };
	g_autofree char *path = g_build_filename(self->dir, "picture.png", NULL);

	unlink(path);
	g_free(run_helper(self, self->kind == SWAY ? grim : weston));
	if (access(path, R_OK) != 0)
		test_skip("nothing takes pictures of %s here", programs[self->kind]);
	return read_png(path, width, height);
}

/* For who wants to look. */
static void keep_picture(const uint32_t *pixels, uint32_t width, uint32_t height)
{
	static unsigned count;
	const char *dir = g_getenv("ORIEL_TEST_PICTURES");
	g_autofree char *path = g_strdup_printf("%s/%03u.png", dir ? dir : "", count++);
	png_image image = { .version = PNG_IMAGE_VERSION,
			    .width = width,
			    .height = height,
			    .format = PNG_FORMAT_BGRA };

	g_autofree uint32_t *opaque = dir ? g_new(uint32_t, (size_t)width * height) : NULL;
	for (size_t i = 0; opaque && i < (size_t)width * height; i++)
		opaque[i] = pixels[i] | 0xff000000;
	if (opaque)
		png_image_write_to_file(&image, path, 0, opaque, 0, NULL);
}

uint32_t *compositor_grab(struct compositor *self, uint32_t *width, uint32_t *height)
{
	uint32_t *pixels = grab(self, width, height);

	keep_picture(pixels, *width, *height);
	return pixels;
}

/* NULL as soon as nothing is wrong; after `ms` what still is. */
static char *await(struct compositor *self, unsigned ms,
		   char *(*wrong)(const struct shot *shot, const void *data), const void *data)
{
	gint64 end = g_get_monotonic_time() + ms * 1000;

	for (;;) {
		struct shot shot;
		g_autofree uint32_t *pixels = compositor_grab(self, &shot.width, &shot.height);
		shot.pixels = pixels;
		char *complaint = wrong(&shot, data);
		if (!complaint || g_get_monotonic_time() > end)
			return complaint;
		g_free(complaint);
	}
}

void compositor_await(struct compositor *self,
		      char *(*wrong)(const struct shot *shot, const void *data), const void *data)
{
	g_autofree char *complaint = await(self, PATIENCE_MS, wrong, data);

	if (complaint)
		test_fail("%s", complaint);
}

bool compositor_shows(struct compositor *self, unsigned ms,
		      char *(*wrong)(const struct shot *shot, const void *data), const void *data)
{
	g_autofree char *complaint = await(self, ms, wrong, data);

	return !complaint;
}

struct spot {
	uint32_t x, y, colour;
};

static char *spot_wrong(const struct shot *shot, const void *data)
{
	const struct spot *spot = data;
	uint32_t got = shot->pixels[(size_t)spot->y * shot->width + spot->x];

	if (got == spot->colour)
		return NULL;
	return g_strdup_printf("pixel %u,%u is %06x, wanted %06x", spot->x, spot->y, got,
			       spot->colour);
}

void compositor_await_pixel(struct compositor *self, uint32_t x, uint32_t y, uint32_t colour)
{
	const struct spot spot = { x, y, colour };

	compositor_await(self, spot_wrong, &spot);
}
