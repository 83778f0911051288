#include "vm/host/size.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "vm/config/value.h"

static char *read_text(const char *sysroot, const char *path)
{
	g_autofree char *whole = g_build_filename(sysroot, path, NULL);
	char *text = NULL;

	return g_file_get_contents(whole, &text, NULL, NULL) ? g_strstrip(text) : NULL;
}

static unsigned count_cpus(const char *sysroot, const char *path)
{
	static const struct row list = { .kind = ROW_CPUS };
	g_autofree char *text = read_text(sysroot, path);
	struct vm_cpus cpus = { 0 };
	unsigned count = 0;

	if (text)
		g_free(value_read(&list, text, "/", &cpus));
	for (size_t i = 0; i < G_N_ELEMENTS(cpus.bits); i++)
		count += (unsigned)__builtin_popcountll(cpus.bits[i]);
	return count;
}

/* "cpu MHz : 3400.000", one for each; those that sleep are slow. */
static unsigned read_mhz(const char *sysroot)
{
	g_autofree char *khz = read_text(sysroot,
					 "/sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq");
	g_autofree char *text = read_text(sysroot, "/proc/cpuinfo");
	unsigned most = khz ? (unsigned)strtoul(khz, NULL, 10) / 1000 : 0;

	for (const char *at = text ? strstr(text, "cpu MHz") : NULL; at;
	     at = strstr(at + 1, "cpu MHz")) {
		const char *number = at + strcspn(at, ":\n");
		if (*number == ':')
			most = MAX(most, (unsigned)strtoul(number + 1, NULL, 10));
	}
	return most;
}

uint64_t host_memory(const char *sysroot)
{
	g_autofree char *text = read_text(sysroot, "/proc/meminfo");
	const char *at = text ? strstr(text, "MemTotal:") : NULL;

	return at ? (uint64_t)strtoull(at + strlen("MemTotal:"), NULL, 10) << 10 : 0;
}

struct host_size host_size(const char *sysroot)
{
	return (struct host_size){
		.cpus = count_cpus(sysroot, "/sys/devices/system/cpu/online"),
		.threads = count_cpus(sysroot,
				      "/sys/devices/system/cpu/cpu0/topology/thread_siblings_list"),
		.mhz = read_mhz(sysroot),
		.memory = host_memory(sysroot),
	};
}
