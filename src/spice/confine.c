#include "spice/confine.h"

#include <errno.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "sandbox/sandbox.h"

#define READ   SANDBOX_READ
#define DEVICE (SANDBOX_READ | SANDBOX_WRITE | SANDBOX_DEVICE)
#define FOLDER (SANDBOX_READ | SANDBOX_WRITE | SANDBOX_MAKE)

/* Besides the system. The server's socket, the sound server's and that of the session bus are no
 * matter of Landlock's. */
static const struct sandbox_place always[] = {
	/* who signs for a host */
	{ "/etc/ssl", READ },
	{ "/etc/pki", READ },
	{ "/etc/ca-certificates", READ },
	{ "%h/.spicec", READ },
	/* sound */
	{ "/etc/pipewire", READ },
	{ "%c/pipewire", READ },
	{ "/etc/pulse", READ },
	{ "%c/pulse", READ },
	{ "%r/pulse", SANDBOX_LIST }, /* it looks whose that is */
	{ "/etc/asound.conf", READ },
	{ "%C/gstreamer-1.0", READ },
	/* how many processors there are */
	{ "/sys/devices/system/cpu", READ },
};

/* Only for who redirects devices: also those that come later. */
static const struct sandbox_place usb[] = {
	{ "/dev/bus/usb", DEVICE },  { "/sys/bus/usb", READ }, { "/sys/class", READ },
	{ "/sys/dev/char", READ },   { "/sys/devices", READ }, { "/run/udev", READ },
	{ "/proc/bus/usb", DEVICE },
};

static int close_files(const struct confine_wishes *wishes)
{
	struct sandbox_files files;

	sandbox_files_init(&files);
	files.any_port = true;
	sandbox_files_add_system(&files);
	sandbox_files_add_places(&files, always, ARRAY_LEN(always));
	if (g_getenv("PULSE_RUNTIME_PATH"))
		sandbox_files_add(&files, g_getenv("PULSE_RUNTIME_PATH"), SANDBOX_LIST);
	if (wishes->usb)
		sandbox_files_add_places(&files, usb, ARRAY_LEN(usb));
	if (wishes->share)
		sandbox_files_add(&files, wishes->share, FOLDER);
	int result = sandbox_close_files(&files);
	sandbox_files_clear(&files);
	return result;
}

/* Of its own, in bytes. */
static uint64_t memory_in_use(void)
{
	FILE *file = fopen("/proc/self/statm", "re");
	unsigned long pages = 0;

	if (file && fscanf(file, "%*u %*u %*u %*u %*u %lu", &pages) != 1)
		pages = 0;
	if (file)
		fclose(file);
	return (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* What a server says is as large as it likes. Who needs more already, as a sanitizer's shadow does,
 * has no limit. */
static int limit_memory(void)
{
	struct rlimit limit;

	if (memory_in_use() > CONFINE_MEMORY / 2)
		return -EBUSY;
	if (getrlimit(RLIMIT_DATA, &limit) < 0)
		return -errno;
	limit.rlim_max = MIN(limit.rlim_max, (rlim_t)CONFINE_MEMORY);
	limit.rlim_cur = MIN(limit.rlim_cur, limit.rlim_max);
	return setrlimit(RLIMIT_DATA, &limit) < 0 ? -errno : 0;
}

/* The viewer has said of this kernel what there is to say: no more than a line for who looks. */
void confine(const struct confine_wishes *wishes)
{
	int memory = limit_memory();
	int files = close_files(wishes);
	int calls = sandbox_close_calls(SANDBOX_INTERNET | SANDBOX_NO_PROCESSES |
					(wishes->usb ? SANDBOX_NETLINK : 0));

	if (memory < 0)
		log_info("memory has no limit: %s", g_strerror(-memory));
	if (files < 0)
		log_info("files stay open: %s", g_strerror(-files));
	if (calls < 0)
		log_info("system calls stay open: %s", g_strerror(-calls));
}
