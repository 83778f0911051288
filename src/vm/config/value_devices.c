/* PCI and USB devices, network addresses and ports. */
#include "vm/config/value_kinds.h"

#include <string.h>

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

	if (strlen(text) != 9 || text[4] != ':' || !value_parse_part(text, 4, 16, 0xffff, &first) ||
	    !value_parse_number(text + 5, 16, 0xffff, &second))
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

	if (!dash || !value_parse_part(text, (size_t)(dash - text), 10, 255, &number))
		return false;
	g_auto(GStrv) ports = g_strsplit(dash + 1, ".", -1);
	if (g_strv_length(ports) > 6)
		return false;
	for (char **port = ports; *port; port++)
		if (!value_parse_number(*port, 10, 255, &number) || number == 0)
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

static char *read_mac(const struct row *row, const char *text, const char *folder, void *field)
{
	g_auto(GStrv) parts = g_strsplit(text, ":", -1);
	uint64_t first = 1, byte;
	bool good = g_strv_length(parts) == 6;

	(void)row, (void)folder;
	for (unsigned i = 0; good && i < 6; i++) {
		good = strlen(parts[i]) == 2 && value_parse_number(parts[i], 16, 0xff, &byte);
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

	if (!value_parse_number(text, 10, 65535, &port) || port == 0)
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

const struct value_kind value_pick = { read_pick, write_pick, NULL };
const struct value_kind value_usb = { read_usb, write_usb, clear_usb };
const struct value_kind value_mac = { read_mac, value_write_text, value_clear_text };
const struct value_kind value_forward = { read_forward, write_forward, clear_forward };
