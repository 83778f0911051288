#include "spice/confine.h"

#include <errno.h>

#include "base/log.h"
#include "base/mem.h"
#include "sandbox/sandbox.h"

#define READ   SANDBOX_READ
#define FILES  (SANDBOX_READ | SANDBOX_WRITE)
#define DEVICE (SANDBOX_READ | SANDBOX_WRITE | SANDBOX_DEVICE)
#define FOLDER (SANDBOX_READ | SANDBOX_WRITE | SANDBOX_MAKE)

/* %c: the user's settings, %C: caches, %h: home. The server's socket, the sound server's and that
 * of the session bus are no matter of Landlock's. */
static const struct {
	const char *path;
	unsigned rights;
} always[] = {
	/* libraries, and what they load when they are needed */
	{ "/usr", READ },
	{ "/lib", READ },
	{ "/lib64", READ },
	{ "/nix/store", READ },
	{ "/gnu/store", READ },
	{ "/run/current-system", READ },
	{ "/etc/ld.so.cache", READ },
	{ "/etc/alternatives", READ },
	{ "/etc/localtime", READ },
	{ "/etc/locale.alias", READ },
	/* where a host is, and who signs for it */
	{ "/etc/hosts", READ },
	{ "/etc/host.conf", READ },
	{ "/etc/nsswitch.conf", READ },
	{ "/etc/resolv.conf", READ },
	{ "/etc/gai.conf", READ },
	{ "/run/systemd/resolve", READ },
	{ "/etc/ssl", READ },
	{ "/etc/pki", READ },
	{ "/etc/ca-certificates", READ },
	{ "%h/.spicec", READ },
	/* sound */
	{ "/etc/pipewire", READ },
	{ "%c/pipewire", READ },
	{ "/etc/pulse", READ },
	{ "%c/pulse", READ },
	{ "/etc/asound.conf", READ },
	{ "%C/gstreamer-1.0", READ },
	/* what the kernel says of the machine */
	{ "/proc/self", READ },
	{ "/proc/cpuinfo", READ },
	{ "/proc/meminfo", READ },
	{ "/proc/stat", READ },
	{ "/sys/devices/system/cpu", READ },
	{ "/dev/null", FILES },
	{ "/dev/zero", FILES },
	{ "/dev/random", READ },
	{ "/dev/urandom", READ },
};

/* Only for who redirects devices: also those that come later. */
static const struct {
	const char *path;
	unsigned rights;
} usb[] = {
	{ "/dev/bus/usb", DEVICE },  { "/sys/bus/usb", READ }, { "/sys/class", READ },
	{ "/sys/dev/char", READ },   { "/sys/devices", READ }, { "/run/udev", READ },
	{ "/proc/bus/usb", DEVICE },
};

static const char *folder_of(char letter)
{
	switch (letter) {
	case 'c':
		return g_get_user_config_dir();
	case 'C':
		return g_get_user_cache_dir();
	default:
		return g_get_home_dir();
	}
}

static void add(struct sandbox_files *files, const char *path, unsigned rights)
{
	const char *folder = *path == '%' ? folder_of(path[1]) : "";
	g_autofree char *full = g_strconcat(folder, *path == '%' ? path + 2 : path, NULL);

	sandbox_files_add(files, full, rights);
}

static int close_files(const struct confine_wishes *wishes)
{
	struct sandbox_files files;

	sandbox_files_init(&files);
	files.any_port = true;
	for (size_t i = 0; i < ARRAY_LEN(always); i++)
		add(&files, always[i].path, always[i].rights);
	for (size_t i = 0; wishes->usb && i < ARRAY_LEN(usb); i++)
		add(&files, usb[i].path, usb[i].rights);
	if (wishes->share)
		sandbox_files_add(&files, wishes->share, FOLDER);
	int result = sandbox_close_files(&files);
	sandbox_files_clear(&files);
	return result;
}

/* The viewer has said of this kernel what there is to say: no more than a line for who looks. */
void confine(const struct confine_wishes *wishes)
{
	int files = close_files(wishes);
	int calls = sandbox_close_calls(SANDBOX_INTERNET | SANDBOX_NO_PROCESSES |
					(wishes->usb ? SANDBOX_NETLINK : 0));

	if (files < 0)
		log_info("files stay open: %s", g_strerror(-files));
	if (calls < 0)
		log_info("system calls stay open: %s", g_strerror(-calls));
}
