#include "guest/platform.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static FILE *open_below(const char *sysroot, const char *path)
{
	char full[512];
	snprintf(full, sizeof(full), "%s%s", sysroot, path);
	return fopen(full, "re");
}

/* ---- UUID: root only on most systems ---- */

/* 32 hex digits with dashes anywhere. */
static bool parse_uuid(const char *text, uint8_t out[16])
{
	unsigned digits = 0;
	uint8_t bytes[16] = { 0 };
	for (; *text && digits < 32; text++) {
		if (!isxdigit((unsigned char)*text))
			continue;
		char digit[] = { *text, '\0' };
		bytes[digits / 2] = (uint8_t)(bytes[digits / 2] << 4 | strtoul(digit, NULL, 16));
		digits++;
	}
	if (digits != 32)
		return false;
	memcpy(out, bytes, sizeof(bytes));
	return true;
}

static void read_uuid(struct wire_guest *out, const char *sysroot)
{
	FILE *file = open_below(sysroot, "/sys/class/dmi/id/product_uuid");
	if (!file)
		return;
	char line[64];
	if (fgets(line, sizeof(line), file))
		out->has_vm |= parse_uuid(line, out->uuid);
	fclose(file);
}

/* ---- CPU ---- */

/* "name\t: value\n": the value if the line has that name. */
static const char *value_of(char *line, const char *name)
{
	size_t length = strlen(name);
	char *colon = strchr(line, ':');
	if (!colon || strncmp(line, name, length) != 0 || !strchr(" \t:", line[length]))
		return NULL;
	line[strcspn(line, "\n")] = '\0';
	return colon + 1 + strspn(colon + 1, " ");
}

static uint8_t small(unsigned long value)
{
	return value < 255 ? (uint8_t)value : 255;
}

static void take_cpu_line(struct wire_guest *out, char *line)
{
	const char *value;
	if (value_of(line, "processor"))
		out->cpus = small(out->cpus + 1ul);
	else if ((value = value_of(line, "model name")))
		snprintf(out->model, sizeof(out->model), "%s", value);
	else if ((value = value_of(line, "cpu cores")))
		out->cores = small(strtoul(value, NULL, 10));
	else if ((value = value_of(line, "physical id")) &&
		 strtoul(value, NULL, 10) + 1 > out->sockets)
		out->sockets = small(strtoul(value, NULL, 10) + 1);
}

static void read_cpu(struct wire_guest *out, const char *sysroot)
{
	FILE *file = open_below(sysroot, "/proc/cpuinfo");
	if (!file)
		return;
	char line[4096]; /* the flags are long */
	while (fgets(line, sizeof(line), file))
		take_cpu_line(out, line);
	fclose(file);
	if (out->cores && out->sockets)
		out->cores = small((unsigned long)out->cores * out->sockets);
	out->has_vm |= out->cpus > 0;
}

/* ---- operating system ---- */

static bool take_os_line(struct wire_guest *out, char *line)
{
	static const char name[] = "PRETTY_NAME=";
	if (strncmp(line, name, strlen(name)) != 0)
		return false;
	char *value = line + strlen(name);
	value += strspn(value, "\"'");
	value[strcspn(value, "\"'\n")] = '\0';
	snprintf(out->os_name, sizeof(out->os_name), "%s", value);
	return true;
}

static void read_os(struct wire_guest *out, const char *sysroot)
{
	static const char *const paths[] = { "/etc/os-release", "/usr/lib/os-release" };
	out->has_os = true;
	out->os = WIRE_OS_LINUX;
	snprintf(out->os_name, sizeof(out->os_name), "Linux");
	for (unsigned i = 0; i < ARRAY_LEN(paths); i++) {
		FILE *file = open_below(sysroot, paths[i]);
		if (!file)
			continue;
		char line[512];
		while (fgets(line, sizeof(line), file) && !take_os_line(out, line))
			;
		fclose(file);
		return;
	}
}

void platform_describe(struct wire_guest *out, const char *sysroot)
{
	read_uuid(out, sysroot);
	read_cpu(out, sysroot);
	read_os(out, sysroot);
}
