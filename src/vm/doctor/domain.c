#include "vm/doctor/domain.h"

#include <stdbool.h>
#include <string.h>

#include "shm/sysfs.h"

struct reader {
	struct domain *domain;
	bool in_hostdev, in_source;
};

static const char *find(const char **names, const char **values, const char *name)
{
	for (; *names; names++, values++)
		if (strcmp(*names, name) == 0)
			return *values;
	return NULL;
}

/* "0x1f", "31"; what is not there is 0. */
static bool number(const char **names, const char **values, const char *name, guint64 most,
		   guint64 *out)
{
	const char *text = find(names, values, name);
	char *end = NULL;

	*out = text ? g_ascii_strtoull(text, &end, 0) : 0;
	return *out <= most && !(end && *end);
}

static void take_device(struct domain *self, const char **names, const char **values)
{
	guint64 domain, bus, slot, function;

	if (!find(names, values, "slot") || !number(names, values, "domain", 0xffff, &domain) ||
	    !number(names, values, "bus", 0xff, &bus) ||
	    !number(names, values, "slot", 0x1f, &slot) ||
	    !number(names, values, "function", 7, &function))
		return;
	const struct pci_address address = { .domain = (uint32_t)domain,
					     .bus = (uint8_t)bus,
					     .device = (uint8_t)slot,
					     .function = (uint8_t)function };
	g_array_append_val(self->devices, address);
}

static void take(GPtrArray *texts, const char *text)
{
	if (text)
		g_ptr_array_add(texts, g_strdup(text));
}

static void on_start(GMarkupParseContext *context, const char *element, const char **names,
		     const char **values, gpointer data, GError **error)
{
	struct reader *self = data;

	(void)context;
	(void)error;
	if (strcmp(element, "hostdev") == 0) {
		self->in_hostdev = true;
	} else if (strcmp(element, "source") == 0) {
		self->in_source = self->in_hostdev;
	} else if (strcmp(element, "address") == 0 && self->in_source) {
		take_device(self->domain, names, values);
		take(self->domain->mediated, find(names, values, "uuid"));
	} else if (strcmp(element, "shmem") == 0) {
		take(self->domain->memories, find(names, values, "name"));
	}
}

static void on_end(GMarkupParseContext *context, const char *element, gpointer data, GError **error)
{
	struct reader *self = data;

	(void)context;
	(void)error;
	if (strcmp(element, "hostdev") == 0)
		self->in_hostdev = false;
	else if (strcmp(element, "source") == 0)
		self->in_source = false;
}

void domain_parse(struct domain *self, const char *xml)
{
	static const GMarkupParser parser = { .start_element = on_start, .end_element = on_end };
	struct reader reader = { .domain = self };
	GMarkupParseContext *context = g_markup_parse_context_new(&parser, 0, &reader, NULL);

	self->devices = g_array_new(FALSE, FALSE, sizeof(struct pci_address));
	self->mediated = g_ptr_array_new_with_free_func(g_free);
	self->memories = g_ptr_array_new_with_free_func(g_free);
	g_markup_parse_context_parse(context, xml, -1, NULL);
	g_markup_parse_context_free(context);
}

void domain_finish(struct domain *self)
{
	g_array_unref(self->devices);
	g_ptr_array_unref(self->mediated);
	g_ptr_array_unref(self->memories);
}
