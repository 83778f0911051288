/* Text files of the computer that a doctor reads: each parser gets each text. */
#include <stdlib.h>
#include <string.h>

#include "shm/sysfs.h"
#include "vm/doctor/domain.h"
#include "vm/doctor/texts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
const char *__lsan_default_suppressions(void);

/* GLib 2.74 loses the pieces of a text that it gives up on. */
const char *__lsan_default_suppressions(void)
{
	return "leak:g_markup_parse_context_parse";
}

static const char *const names[] = { "efifb", "BOOTFB", "simpledrm", NULL };
static char *groups[] = { (char *)"kvm", NULL };

static void release(char *text)
{
	if (text && strlen(text) > SIZE_MAX / 2)
		abort();
	g_free(text);
}

static void try_lists(const char *text)
{
	struct vm_cpus cpus, again;
	uint64_t number;

	texts_number(text, &number);
	if (!texts_cpus(text, &cpus))
		return;
	g_autofree char *name = cpus_name(&cpus);
	if (!texts_cpus(name, &again) || memcmp(&cpus, &again, sizeof(cpus)) != 0)
		abort();
}

static void try_fit(const char *text)
{
	g_autofree char *fit = texts_fit(text);

	if (strlen(fit) > 160 || !g_utf8_validate(fit, -1, NULL))
		abort();
	for (const char *at = fit; *at; at++)
		if (g_ascii_iscntrl(*at))
			abort();
}

/* It becomes part of a path. */
static void try_group(const char *text)
{
	g_autofree char *group = texts_cgroup(text);

	if (group && ((*group && *group != '/') || strstr(group, "/../") ||
		      g_str_has_suffix(group, "/..") || strchr(group, '\n')))
		abort();
}

static void try_mediated(const char *text)
{
	g_autofree char *type = NULL;
	bool starts;

	if (texts_mediated(text, &type, &starts) && !type)
		abort();
}

static void try_domain(const char *text)
{
	struct domain domain;

	domain_parse(&domain, text);
	for (unsigned i = 0; i < domain.devices->len; i++)
		if (g_array_index(domain.devices, struct pci_address, i).domain > 0xffff)
			abort();
	domain_finish(&domain);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autofree char *text = g_strndup((const char *)data, size);
	const char *name = NULL;
	uint64_t bytes;

	release(texts_value(text, "ID"));
	release(texts_field(text, "flags"));
	release(texts_parameter(text, "vfio-pci.ids"));
	release(texts_option(text, "vfio-pci", "ids"));
	char *owner = texts_owner(text, names, &name);
	if (owner && !name)
		abort();
	release(owner);
	texts_word(text, "vmx");
	texts_softdep(text, "nouveau", "vfio-pci");
	texts_has_id(text, 0x10de, 0x2684);
	texts_lock_limit(text, "someone", groups, &bytes);
	try_group(text);
	try_mediated(text);
	try_domain(text);
	try_lists(text);
	try_fit(text);
	return 0;
}
