#include "view/sandbox/needs.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "view/remember.h"
#include "view/shot.h"
#include "view/spice/spice.h"

#define READ   SANDBOX_READ
#define CACHE  (SANDBOX_READ | SANDBOX_WRITE | SANDBOX_MAKE)
#define FILES  (SANDBOX_READ | SANDBOX_WRITE)
#define DEVICE (SANDBOX_READ | SANDBOX_WRITE | SANDBOX_DEVICE)

/* Besides the system. */
static const struct sandbox_place always[] = {
	/* drivers, cursors, keyboards */
	{ "/run/opengl-driver", READ },
	{ "/etc/X11", READ },
	/* text */
	{ "/etc/fonts", READ },
	{ "/var/cache/fontconfig", READ },
	{ "%h/.fonts", READ },
	{ "%h/.fonts.conf", READ },
	{ "%d/fonts", READ },
	{ "%c/fontconfig", READ },
	{ "%C/fontconfig", CACHE },
	/* pointers and keyboards */
	{ "%h/.icons", READ },
	{ "%d/icons", READ },
	{ "%c/xkb", READ },
	{ "%h/.XCompose", READ },
	/* the X server's password */
	{ "%h/.Xauthority", READ },
	/* graphics */
	{ "/dev/dri", DEVICE },
	{ "/dev/nvidia*", DEVICE },
	{ "/dev/kfd", DEVICE },
	{ "/dev/udmabuf", DEVICE },
	{ "/dev/kvmfr*", DEVICE },
	{ "/etc/drirc", READ },
	{ "/etc/vulkan", READ },
	{ "/etc/glvnd", READ },
	{ "/etc/egl", READ },
	{ "/etc/nvidia", READ },
	{ "%h/.drirc", READ },
	{ "%d/vulkan", READ },
	{ "%c/vulkan", READ },
	{ "%C/mesa_shader_cache", CACHE },
	{ "%C/mesa_shader_cache_db", CACHE },
	{ "%C/nvidia", CACHE },
	{ "%C/radv_builtin_shaders64", CACHE },
	/* what the kernel says of devices and itself */
	{ "/sys/devices", READ },
	{ "/sys/dev/char", READ },
	{ "/sys/class/drm", READ },
	{ "/sys/bus/pci", READ },
	{ "/sys/module", READ },
	{ "/proc/version", READ },
	{ "/proc/modules", READ },
	{ "/proc/driver/nvidia", READ },
	{ "/proc/sys/kernel/random/boot_id", READ },
	{ "/proc/sys/vm/overcommit_memory", READ },
	{ "/dev/full", FILES },
};

/* Paths with ":" between them. */
static const char *const environment[] = {
	"XAUTHORITY",
	"XCURSOR_PATH",
	"XKB_CONFIG_ROOT",
	"XDG_DATA_DIRS",
	"FONTCONFIG_FILE",
	"FONTCONFIG_PATH",
	"LOCPATH",
	"LD_LIBRARY_PATH",
	"LIBGL_DRIVERS_PATH",
	"VK_ICD_FILENAMES",
	"VK_DRIVER_FILES",
	"VK_ADD_DRIVER_FILES",
	"VK_LAYER_PATH",
	"VK_ADD_LAYER_PATH",
	"__EGL_VENDOR_LIBRARY_DIRS",
	"__EGL_VENDOR_LIBRARY_FILENAMES",
};

/* Drivers that look for more than a list could name. */
static const struct {
	const char *sign; /* it is there with them */
	const char *path;
	unsigned rights;
	const char *text;
} drivers[] = {
	{ "/sys/module/nvidia/version", "/dev", DEVICE,
	  "NVIDIA's driver finds and makes its nodes anywhere in /dev: devices stay open" },
};

static void add_folder_of(struct sandbox_files *files, const char *path, unsigned rights)
{
	g_autofree char *absolute = g_canonicalize_filename(path, NULL);
	g_autofree char *folder = g_path_get_dirname(absolute);

	sandbox_files_add(files, folder, rights);
}

/* A machine that starts again may make the file anew, so its folder is needed. But not one that
 * everything of the user lies in. */
static void add_memory(struct sandbox_files *files, const char *path)
{
	g_autofree char *absolute = g_canonicalize_filename(path, NULL);
	g_autofree char *folder = g_path_get_dirname(absolute);
	bool wide = strcmp(folder, g_get_home_dir()) == 0 || strcmp(folder, "/") == 0 ||
		    strcmp(folder, "/dev") == 0 || strcmp(folder, "/tmp") == 0;

	sandbox_files_add(files, wide ? absolute : folder, wide ? DEVICE : FILES);
}

static bool has_prefix(const char *text, const char *prefix)
{
	return text && g_str_has_prefix(text, prefix);
}

/* A guest that is still looked for comes by the usual ways. */
static void add_search(struct sandbox_files *files)
{
	g_autofree char *folder = g_build_filename(g_get_user_runtime_dir(), "oriel", NULL);

	g_mkdir_with_parents(folder, 0700); /* or there would be nothing to allow */
	sandbox_files_add(files, folder, SANDBOX_LIST);
	sandbox_files_add(files, "/run/oriel", SANDBOX_LIST);
	sandbox_files_add(files, "/dev", SANDBOX_LIST);
	sandbox_files_add(files, "/dev/shm", FILES);
}

static void add_source(struct sandbox_files *files, const struct options *options)
{
	const char *arg = options->source_arg;

	if (options->source != &source_oriel || has_prefix(arg, SOURCE_SERVER))
		return;
	if (!arg || has_prefix(arg, SOURCE_VM))
		add_search(files);
	else
		add_memory(files, arg);
}

/* The file may be a link, and appear later. */
static void add_settings(struct sandbox_files *files, const char *settings)
{
	char *real = realpath(settings, NULL);

	add_folder_of(files, settings, READ);
	if (real)
		add_folder_of(files, real, READ);
	free(real);
}

/* "host:1.0" is TCP port 6001; ":1" and "unix:1" are none. */
static void add_display(struct sandbox_files *files)
{
	const char *display = getenv("DISPLAY");
	const char *colon = display ? strrchr(display, ':') : NULL;

	if (!colon || colon == display || *display == '/' || has_prefix(display, "unix:"))
		return;
	uint16_t port = (uint16_t)(6000 + strtoul(colon + 1, NULL, 10));
	g_array_append_val(files->tcp_ports, port);
}

/* It has to be there, or there would be nothing to allow. */
static void add_record(struct sandbox_files *files, const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	if (fd >= 0) /* else whoever opens it says so */
		close(fd);
	sandbox_files_add(files, path, FILES);
}

/* Links to its nodes lie in folders of their own; all of them come and go. */
static void add_devices(struct sandbox_files *files, char *const *paths)
{
	sandbox_files_add(files, "/dev/input", DEVICE);
	for (; *paths; paths++)
		sandbox_files_add(files, *paths, DEVICE);
}

static void add_environment(struct sandbox_files *files, const char *variable)
{
	g_auto(GStrv) paths = g_strsplit(getenv(variable) ? getenv(variable) : "", ":", -1);

	for (char **path = paths; *path; path++)
		if (**path)
			sandbox_files_add(files, *path, READ);
}

/* Made, or there would be nothing to allow. */
static void add_state(struct sandbox_files *files)
{
	g_autofree char *folder = remember_folder();

	sandbox_files_add(files, folder, CACHE);
}

void sandbox_need(struct sandbox_files *files, const struct options *options, const char *settings)
{
	sandbox_files_add_system(files);
	sandbox_files_add_places(files, always, ARRAY_LEN(always));
	for (size_t i = 0; i < ARRAY_LEN(environment); i++)
		add_environment(files, environment[i]);
	if (options->remember_size || spice_is_wanted(options))
		add_state(files);
	g_autofree char *pictures = shot_folder();
	sandbox_files_add(files, pictures, CACHE);
	add_source(files, options);
	add_display(files);
	if (settings)
		add_settings(files, settings);
	if (options->filter_folder)
		sandbox_files_add(files, options->filter_folder, READ);
	if (options->shot)
		add_folder_of(files, options->shot, CACHE);
	if (options->record_input)
		add_record(files, options->record_input);
	if (options->input.evdev)
		add_devices(files, options->input.evdev);
}

const char *sandbox_need_driver(struct sandbox_files *files)
{
	for (size_t i = 0; i < ARRAY_LEN(drivers); i++) {
		if (!g_file_test(drivers[i].sign, G_FILE_TEST_EXISTS))
			continue;
		sandbox_files_add(files, drivers[i].path, drivers[i].rights);
		return drivers[i].text;
	}
	return NULL;
}

bool sandbox_needs_no_sockets(const struct options *options)
{
	const char *arg = options->source_arg;

	return options->source != &source_oriel ||
	       (arg && !has_prefix(arg, SOURCE_SERVER) && !has_prefix(arg, SOURCE_VM));
}
