/* A libvirt domain's <qemu:commandline>: the shared memory of Looking Glass and its keyboard are
 * ours, the rest goes into `qemu` as it is. */
#include <string.h>

#include "vm/exchange/import_part.h"

/* Words come in pairs, "-device" and what. */
struct pair {
	const char *name, *value; /* `value` may be NULL */
};

static bool mentions(const char *value, const char *what)
{
	return value && strstr(value, what);
}

/* "size" of "id=x,size=33554432" and of {'id':'x','size':33554432}. The caller frees. */
static char *find_key(const char *value, const char *key)
{
	g_autofree char *pattern = g_strdup_printf(
		"(?:^|[,{\\s'\"])%s['\"]?\\s*[=:]\\s*['\"]?([^,'\"}]*)", key);
	g_autoptr(GRegex) regex = g_regex_new(pattern, 0, 0, NULL);
	g_autoptr(GMatchInfo) match = NULL;

	return g_regex_match(regex, value, 0, &match) ? g_match_info_fetch(match, 1) : NULL;
}

/* -device ivshmem-plain: its memory is the -object's. */
static void import_ivshmem(struct import *self)
{
	import_set(self, "display", "kind", "oriel", "qemu:commandline");
}

static void import_memory(struct import *self, const char *value)
{
	g_autofree char *path = find_key(value, "mem-path"), *size = find_key(value, "size");
	bool kvmfr = path && g_str_has_prefix(path, "/dev/kvmfr");

	import_set(self, "display", "memory", kvmfr ? "kvmfr" : "plain", "qemu:commandline");
	import_set(self, "display", "size", size, "qemu:commandline");
	if (kvmfr)
		import_set(self, "display", "device", path, "qemu:commandline");
	else
		import_lose(self, "qemu:commandline", "%s is /dev/shm/oriel-%s now",
			    path ? path : "the shared memory", self->vm->name);
}

static void import_evdev(struct import *self, const char *value)
{
	g_autofree char *device = find_key(value, "evdev");

	if (device)
		import_append(&self->vm->input.evdev, device);
}

static bool take_pair(struct import *self, const struct pair *pair)
{
	bool object = strcmp(pair->name, "-object") == 0,
	     device = strcmp(pair->name, "-device") == 0;

	if (device &&
	    (mentions(pair->value, "ivshmem-plain") || mentions(pair->value, "ivshmem,"))) {
		import_ivshmem(self);
		return true;
	}
	if (object && mentions(pair->value, "memory-backend-file") &&
	    mentions(pair->value, "mem-path")) {
		import_memory(self, pair->value);
		return true;
	}
	if (object && mentions(pair->value, "input-linux")) {
		import_evdev(self, pair->value);
		return true;
	}
	if (strcmp(pair->name, "-set") == 0) {
		import_lose(
			self, "qemu:commandline",
			"-set %s: names one of libvirt's devices, which are called otherwise here",
			pair->value ? pair->value : "");
		return true;
	}
	return false;
}

static void import_pair(struct import *self, const struct pair *pair)
{
	if (take_pair(self, pair))
		return;
	import_append(&self->vm->qemu, pair->name);
	if (pair->value)
		import_append(&self->vm->qemu, pair->value);
	import_lose(self, "qemu:commandline",
		    "%s%s%s: went to qemu: as it is; look whether it fits", pair->name,
		    pair->value ? " " : "", pair->value ? pair->value : "");
}

void import_arguments(struct import *self, struct element *domain)
{
	struct element *line = element_find(domain, "qemu:commandline");
	g_autoptr(GPtrArray) all = element_all(line, "qemu:arg");

	for (unsigned i = 0; i < all->len; i++) {
		const char *word = element_attribute(all->pdata[i], "value");
		const char *next = i + 1 < all->len ? element_attribute(all->pdata[i + 1], "value")
						    : NULL;
		element_take_all(all->pdata[i]);
		if (!word || *word != '-') {
			import_lose(self, "qemu:commandline", "%s: no option is before it",
				    word ? word : "");
			continue;
		}
		bool pair = next && *next != '-';
		import_pair(self, &(struct pair){ word, pair ? next : NULL });
		i += pair;
		if (pair)
			element_take_all(all->pdata[i]);
	}
}
