#include "vm/config/value.h"

#include <stdio.h>
#include <string.h>

#include "base/nearest.h"

/* ---- numbers ---- */

/* All of `text`, without a sign or a space. */
static bool parse_number(const char *text, unsigned base, uint64_t max, uint64_t *out)
{
	char *end;

	if (!g_ascii_isxdigit(*text) || (base == 16 && g_ascii_tolower(text[1]) == 'x'))
		return false;
	errno = 0;
	uint64_t value = g_ascii_strtoull(text, &end, base);
	if (errno || *end || end == text || value > max)
		return false;
	*out = value;
	return true;
}

static bool parse_part(const char *text, size_t length, unsigned base, uint64_t max, uint64_t *out)
{
	char part[24];

	if (length == 0 || length >= sizeof(part))
		return false;
	memcpy(part, text, length);
	part[length] = '\0';
	return parse_number(part, base, max, out);
}

static char *range_text(const struct row *row, const char *text)
{
	return g_strdup_printf("%s: must be a number from %lld to %lld", text, row->min, row->max);
}

static char *read_int(const struct row *row, const char *text, const char *folder, void *field)
{
	bool negative = *text == '-';
	uint64_t value;

	(void)folder;
	if (!parse_number(text + negative, 10, INT32_MAX, &value))
		return range_text(row, text);
	long long number = negative ? -(long long)value : (long long)value;
	if (number < row->min || number > row->max)
		return range_text(row, text);
	*(int *)field = (int)number;
	return NULL;
}

static char *write_int(const struct row *row, const void *field)
{
	(void)row;
	return g_strdup_printf("%d", *(const int *)field);
}

static const struct unit {
	const char *name;
	unsigned shift;
} units[] = {
	{ "T", 40 }, { "G", 30 }, { "M", 20 }, { "K", 10 }, { "", 0 },
};

bool value_parse_size(const char *text, uint64_t *out)
{
	size_t digits = strspn(text, "0123456789");
	const char *name = text + digits;
	uint64_t number;

	if (!parse_part(text, digits, 10, UINT64_MAX, &number))
		return false;
	for (size_t i = 0; i < G_N_ELEMENTS(units); i++) {
		const struct unit *unit = &units[i];
		size_t length = strlen(unit->name);
		const char *rest = name + length;
		if (g_ascii_strncasecmp(name, unit->name, length) != 0 ||
		    (*rest && (!length || (g_ascii_strcasecmp(rest, "iB") != 0 &&
					   g_ascii_strcasecmp(rest, "B") != 0))))
			continue;
		return !__builtin_mul_overflow(number, UINT64_C(1) << unit->shift, out);
	}
	return false;
}

static char *size_text(uint64_t size)
{
	size_t i = 0;

	while (size == 0 || size & ((UINT64_C(1) << units[i].shift) - 1))
		if (!*units[i].name)
			break;
		else
			i++;
	return g_strdup_printf("%" G_GUINT64_FORMAT "%s", size >> units[i].shift, units[i].name);
}

static char *read_size(const struct row *row, const char *text, const char *folder, void *field)
{
	uint64_t size;

	(void)folder;
	if (!value_parse_size(text, &size))
		return g_strdup_printf("%s: is no size; write 512M, 16G or 1T", text);
	if (size < (uint64_t)row->min || (row->max && size > (uint64_t)row->max)) {
		g_autofree char *min = size_text((uint64_t)row->min);
		g_autofree char *max = size_text((uint64_t)row->max);
		return g_strdup_printf("%s: must be from %s to %s", text, min,
				       row->max ? max : "what there is room for");
	}
	*(uint64_t *)field = size;
	return NULL;
}

static char *write_size(const struct row *row, const void *field)
{
	(void)row;
	return size_text(*(const uint64_t *)field);
}

static char *read_extent(const struct row *row, const char *text, const char *folder, void *field)
{
	const char *by = strchr(text, 'x');
	uint64_t width, height;

	(void)row, (void)folder;
	if (!by || !parse_part(text, (size_t)(by - text), 10, 32767, &width) ||
	    !parse_number(by + 1, 10, 32767, &height) || width == 0 || height == 0)
		return g_strdup_printf("%s: is no resolution; write 2560x1440", text);
	*(struct vm_extent *)field = (struct vm_extent){ (uint32_t)width, (uint32_t)height };
	return NULL;
}

static char *write_extent(const struct row *row, const void *field)
{
	const struct vm_extent *extent = field;

	(void)row;
	return g_strdup_printf("%ux%u", extent->width, extent->height);
}

/* ---- CPUs ---- */

static bool add_cpus(struct vm_cpus *cpus, const char *part)
{
	const char *dash = strchr(part, '-');
	uint64_t first, last;

	if (!parse_part(part, dash ? (size_t)(dash - part) : strlen(part), 10, VM_CPUS_MAX - 1,
			&first))
		return false;
	last = first;
	if (dash && (!parse_number(dash + 1, 10, VM_CPUS_MAX - 1, &last) || last < first))
		return false;
	for (uint64_t i = first; i <= last; i++)
		cpus->bits[i / 64] |= UINT64_C(1) << i % 64;
	return true;
}

static char *read_cpus(const struct row *row, const char *text, const char *folder, void *field)
{
	g_auto(GStrv) parts = g_strsplit(text, ",", -1);
	struct vm_cpus cpus = { 0 };

	(void)row, (void)folder;
	for (char **part = parts; *part; part++)
		if (!add_cpus(&cpus, g_strstrip(*part)))
			return g_strdup_printf("%s: is no list of CPUs; write 2-5,8 (0 to %d)",
					       text, VM_CPUS_MAX - 1);
	*(struct vm_cpus *)field = cpus;
	return NULL;
}

static bool has_cpu(const struct vm_cpus *cpus, unsigned cpu)
{
	return cpu < VM_CPUS_MAX && cpus->bits[cpu / 64] >> cpu % 64 & 1;
}

static char *write_cpus(const struct row *row, const void *field)
{
	GString *text = g_string_new(NULL);

	(void)row;
	for (unsigned first = 0; first < VM_CPUS_MAX; first++) {
		unsigned last = first;
		if (!has_cpu(field, first))
			continue;
		while (has_cpu(field, last + 1))
			last++;
		g_string_append_printf(text, "%s%u", text->len ? "," : "", first);
		if (last > first)
			g_string_append_printf(text, "-%u", last);
		first = last;
	}
	return g_string_free(text, FALSE);
}

/* ---- devices ---- */

/* People write no path, and no domain that nobody has. */
bool value_parse_pci(const char *text, struct pci_address *out)
{
	struct pci_address address;

	if (*text == '/' || !pci_address_parse(text, &address) || address.domain > 0xffff)
		return false;
	*out = address;
	return true;
}

char *value_pci_text(const struct pci_address *pci)
{
	char text[PCI_ADDRESS_LENGTH];

	pci_address_format(pci, text);
	return g_strdup(text);
}

static bool parse_ids(const char *text, uint16_t *vendor, uint16_t *product)
{
	uint64_t first, second;

	if (strlen(text) != 9 || text[4] != ':' || !parse_part(text, 4, 16, 0xffff, &first) ||
	    !parse_number(text + 5, 16, 0xffff, &second))
		return false;
	*vendor = (uint16_t)first;
	*product = (uint16_t)second;
	return true;
}

static char *read_pick(const struct row *row, const char *text, const char *folder, void *field)
{
	struct vm_pick pick = { .kind = VM_PICK_OTHER };

	(void)row, (void)folder;
	if (parse_ids(text, &pick.vendor, &pick.product))
		pick.kind = VM_PICK_ID;
	else if (value_parse_pci(text, &pick.address))
		pick.kind = VM_PICK_ADDRESS;
	else if (strcmp(text, "other") != 0)
		return g_strdup_printf("%s: is no device; write its address (0000:01:00.0), its "
				       "ids (10de:2684), or other for the one that is not your "
				       "desktop's: oriel gpu lists them",
				       text);
	*(struct vm_pick *)field = pick;
	return NULL;
}

static char *write_pick(const struct row *row, const void *field)
{
	const struct vm_pick *pick = field;

	(void)row;
	switch (pick->kind) {
	case VM_PICK_ADDRESS:
		return value_pci_text(&pick->address);
	case VM_PICK_ID:
		return g_strdup_printf("%04x:%04x", pick->vendor, pick->product);
	case VM_PICK_OTHER:
		return g_strdup("other");
	case VM_PICK_NONE:
		break;
	}
	return g_strdup("");
}

/* A bus, a port, and the ports of hubs: "1-2.4". */
static bool is_usb_port(const char *text)
{
	const char *dash = strchr(text, '-');
	uint64_t number;

	if (!dash || !parse_part(text, (size_t)(dash - text), 10, 255, &number))
		return false;
	g_auto(GStrv) ports = g_strsplit(dash + 1, ".", -1);
	if (g_strv_length(ports) > 6)
		return false;
	for (char **port = ports; *port; port++)
		if (!parse_number(*port, 10, 255, &number) || number == 0)
			return false;
	return true;
}

static char *read_usb(const struct row *row, const char *text, const char *folder, void *field)
{
	struct vm_usb *usb = field;

	(void)row, (void)folder;
	if (parse_ids(text, &usb->vendor, &usb->product) && (usb->vendor || usb->product))
		return NULL;
	if (!is_usb_port(text))
		return g_strdup_printf("%s: is no USB device; write its ids (046d:c52b, see lsusb) "
				       "or where it is plugged in (1-2.4)",
				       text);
	usb->port = g_strdup(text);
	return NULL;
}

static char *write_usb(const struct row *row, const void *field)
{
	const struct vm_usb *usb = field;

	(void)row;
	return usb->port ? g_strdup(usb->port)
			 : g_strdup_printf("%04x:%04x", usb->vendor, usb->product);
}

static void clear_usb(void *field)
{
	g_clear_pointer(&((struct vm_usb *)field)->port, g_free);
}

/* ---- networks ---- */

static char *read_mac(const struct row *row, const char *text, const char *folder, void *field)
{
	g_auto(GStrv) parts = g_strsplit(text, ":", -1);
	uint64_t first = 1, byte;
	bool good = g_strv_length(parts) == 6;

	(void)row, (void)folder;
	for (unsigned i = 0; good && i < 6; i++) {
		good = strlen(parts[i]) == 2 && parse_number(parts[i], 16, 0xff, &byte);
		first = i == 0 && good ? byte : first;
	}
	if (!good)
		return g_strdup_printf("%s: is no MAC address; write 52:54:00:12:34:56", text);
	if (first & 1)
		return g_strdup_printf("%s: is a group's address; the first byte must be even",
				       text);
	*(char **)field = g_ascii_strdown(text, -1);
	return NULL;
}

static bool parse_port(const char *text, uint16_t *out)
{
	uint64_t port;

	if (!parse_number(text, 10, 65535, &port) || port == 0)
		return false;
	*out = (uint16_t)port;
	return true;
}

static char *read_forward(const struct row *row, const char *text, const char *folder, void *field)
{
	g_auto(GStrv) parts = g_strsplit(text, ":", -1);
	unsigned count = g_strv_length(parts);
	struct vm_forward forward = { .udp = g_str_has_prefix(text, "udp:") };

	(void)row, (void)folder;
	if ((count != 3 && count != 4) || (!forward.udp && !g_str_has_prefix(text, "tcp:")) ||
	    (count == 4 && !g_hostname_is_ip_address(parts[1])) ||
	    !parse_port(parts[count - 2], &forward.from) ||
	    !parse_port(parts[count - 1], &forward.to))
		return g_strdup_printf("%s: is no forwarded port; write tcp:2222:22 (2222 here, 22 "
				       "in the guest) or tcp:0.0.0.0:2222:22",
				       text);
	forward.address = count == 4 ? g_strdup(parts[1]) : NULL;
	*(struct vm_forward *)field = forward;
	return NULL;
}

static char *write_forward(const struct row *row, const void *field)
{
	const struct vm_forward *forward = field;

	(void)row;
	return g_strdup_printf("%s:%s%s%u:%u", forward->udp ? "udp" : "tcp",
			       forward->address ? forward->address : "",
			       forward->address ? ":" : "", forward->from, forward->to);
}

static void clear_forward(void *field)
{
	g_clear_pointer(&((struct vm_forward *)field)->address, g_free);
}

/* ---- words ---- */

static char *read_text(const struct row *row, const char *text, const char *folder, void *field)
{
	(void)folder;
	for (const char *c = text; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			return g_strdup("must be one line, without control characters");
	if (row->min && !*text)
		return g_strdup("must not be empty");
	if (row->max && strlen(text) > (size_t)row->max)
		return g_strdup_printf("%s: is longer than %lld characters", text, row->max);
	*(char **)field = *text ? g_strdup(text) : NULL;
	return NULL;
}

static char *write_text(const struct row *row, const void *field)
{
	const char *text = *(char *const *)field;

	(void)row;
	return g_strdup(text ? text : "");
}

static void clear_text(void *field)
{
	g_clear_pointer((char **)field, g_free);
}

static char *read_path(const struct row *row, const char *text, const char *folder, void *field)
{
	char *whole, *why = read_text(row, text, folder, &whole);

	if (why || !*text)
		return why;
	if (strcmp(text, "~") == 0 || g_str_has_prefix(text, "~/"))
		*(char **)field = g_build_filename(g_get_home_dir(), text + 1, NULL);
	else if (*text == '~')
		why = g_strdup_printf("%s: write ~/ for your own folder", text);
	else
		*(char **)field = g_canonicalize_filename(text, folder);
	g_free(whole);
	return why;
}

static char *read_uuid(const struct row *row, const char *text, const char *folder, void *field)
{
	(void)row, (void)folder;
	if (!g_uuid_string_is_valid(text))
		return g_strdup_printf("%s: is no UUID; leave the line out, or ask uuidgen", text);
	*(char **)field = g_ascii_strdown(text, -1);
	return NULL;
}

/* YAML 1.1's words, which people write; and nothing else. */
static const struct {
	const char *word;
	bool value;
} truths[] = {
	{ "yes", true },    { "no", false }, { "true", true },
	{ "false", false }, { "on", true },  { "off", false },
};

static bool parse_truth(const char *text, bool *out)
{
	for (size_t i = 0; i < G_N_ELEMENTS(truths); i++) {
		if (g_ascii_strcasecmp(truths[i].word, text) != 0)
			continue;
		*out = truths[i].value;
		return true;
	}
	return false;
}

static char *read_bool(const struct row *row, const char *text, const char *folder, void *field)
{
	(void)row, (void)folder;
	if (parse_truth(text, field))
		return NULL;
	return g_strdup_printf("%s: must be yes or no", text);
}

static char *write_bool(const struct row *row, const void *field)
{
	(void)row;
	return g_strdup(*(const bool *)field ? "yes" : "no");
}

static char *read_switch(const struct row *row, const char *text, const char *folder, void *field)
{
	bool truth;

	(void)row, (void)folder;
	if (parse_truth(text, &truth))
		*(enum vm_switch *)field = truth ? VM_YES : VM_NO;
	else if (strcmp(text, "auto") == 0)
		*(enum vm_switch *)field = VM_AUTO;
	else
		return g_strdup_printf("%s: must be yes, no or auto", text);
	return NULL;
}

static char *write_switch(const struct row *row, const void *field)
{
	static const char *const words[] = { [VM_AUTO] = "auto", [VM_NO] = "no", [VM_YES] = "yes" };

	(void)row;
	return g_strdup(words[*(const enum vm_switch *)field]);
}

static char *read_enum(const struct row *row, const char *text, const char *folder, void *field)
{
	struct nearest nearest = nearest_to(text);

	(void)folder;
	for (int i = 0; row->names[i]; i++) {
		if (strcmp(row->names[i], text) == 0) {
			*(int *)field = i;
			return NULL;
		}
		nearest_offer(&nearest, row->names[i]);
	}
	if (nearest.best)
		return g_strdup_printf("%s: is none of its values; did you mean %s?", text,
				       nearest.best);
	g_autofree char *names = g_strjoinv(", ", (char **)row->names);
	return g_strdup_printf("%s: must be one of %s", text, names);
}

static char *write_enum(const struct row *row, const void *field)
{
	return g_strdup(row->names[*(const int *)field]);
}

/* ---- the table ---- */

static const struct {
	char *(*read)(const struct row *row, const char *text, const char *folder, void *field);
	char *(*write)(const struct row *row, const void *field);
	void (*clear)(void *field);
} kinds[ROW_WORD_KINDS] = {
	[ROW_TEXT] = { read_text, write_text, clear_text },
	[ROW_PATH] = { read_path, write_text, clear_text },
	[ROW_BOOL] = { read_bool, write_bool, NULL },
	[ROW_SWITCH] = { read_switch, write_switch, NULL },
	[ROW_INT] = { read_int, write_int, NULL },
	[ROW_ENUM] = { read_enum, write_enum, NULL },
	[ROW_SIZE] = { read_size, write_size, NULL },
	[ROW_EXTENT] = { read_extent, write_extent, NULL },
	[ROW_CPUS] = { read_cpus, write_cpus, NULL },
	[ROW_PICK] = { read_pick, write_pick, NULL },
	[ROW_MAC] = { read_mac, write_text, clear_text },
	[ROW_UUID] = { read_uuid, write_text, clear_text },
	[ROW_FORWARD] = { read_forward, write_forward, clear_forward },
	[ROW_USB] = { read_usb, write_usb, clear_usb },
};

char *value_read(const struct row *row, const char *text, const char *folder, void *field)
{
	return kinds[row->kind].read(row, text, folder, field);
}

char *value_write(const struct row *row, const void *field)
{
	return kinds[row->kind].write(row, field);
}

void value_clear(const struct row *row, void *field)
{
	if (kinds[row->kind].clear)
		kinds[row->kind].clear(field);
}
