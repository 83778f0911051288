/* oriel usb: gives a running machine USB devices of this computer, and takes them back. */
#include <gio/gio.h>
#include <stdio.h>
#include <string.h>

#include "vm/cmd.h"
#include "vm/run/attach.h"

#define PREFIX  "usb-" /* of such a device's name in QEMU; a plan names them so, too */
#define GONE_MS 5000   /* for the guest to let go */

struct options {
	char *word, *verb, *device;
};

static gboolean parse(struct options *self, int argc, char **argv, GError **error)
{
	g_autoptr(GOptionContext) context = g_option_context_new(
		"NAME [add|remove DEVICE] - give a machine a USB device");

	g_option_context_set_description(
		context, "A device is named by its ids, as lsusb shows them, or by where it is "
			 "plugged in\n(bus-port). Without one: those that the machine has.\n");
	g_set_prgname("oriel usb");
	if (!g_option_context_parse(context, &argc, &argv, error))
		return FALSE;
	if ((argc != 2 && argc != 4) ||
	    (argc == 4 && strcmp(argv[2], "add") != 0 && strcmp(argv[2], "remove") != 0)) {
		g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
			    "a machine, a verb and a device are needed: oriel usb win11 add "
			    "046d:c52b");
		return FALSE;
	}
	*self = (struct options){ argv[1], argc == 4 ? argv[2] : NULL, argc == 4 ? argv[3] : NULL };
	return TRUE;
}

/* ---- what a device is called ---- */

/* "046d:c52b" */
static gboolean take_ids(const char *text, unsigned *vendor, unsigned *product)
{
	int end = 0;

	return strlen(text) == 9 && text[4] == ':' &&
	       strspn(text, "0123456789abcdefABCDEF:") == 9 &&
	       sscanf(text, "%4x:%4x%n", vendor, product, &end) == 2 && end == 9;
}

/* "1-2.4" */
static gboolean take_port(const char *text, unsigned *bus, char *port, size_t size)
{
	const char *dash = strchr(text, '-');
	size_t length = dash ? strlen(dash + 1) : 0;

	if (!dash || length < 1 || length >= size || sscanf(text, "%3u-", bus) != 1 ||
	    strspn(text, "0123456789") != (size_t)(dash - text) ||
	    strspn(dash + 1, "0123456789.") != length)
		return FALSE;
	strcpy(port, dash + 1);
	return TRUE;
}

/* "usb-046d-c52b", "usb-1-2.4" */
static char *name_of(const char *device)
{
	g_autofree char *small = g_ascii_strdown(device, -1);

	return g_strconcat(PREFIX, g_strdelimit(small, ":", '-'), NULL);
}

static JsonObject *arguments_of(const char *device, GError **error)
{
	g_autofree char *name = name_of(device);
	JsonObject *arguments = qmp_words("driver", "usb-host", "bus", "usb.0", "id", name, NULL);
	unsigned first = 0, second = 0;
	char port[32];

	if (take_ids(device, &first, &second)) {
		json_object_set_int_member(arguments, "vendorid", first);
		json_object_set_int_member(arguments, "productid", second);
	} else if (take_port(device, &first, port, sizeof(port))) {
		json_object_set_int_member(arguments, "hostbus", first);
		json_object_set_string_member(arguments, "hostport", port);
	} else {
		json_object_unref(arguments);
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
			    "%s is no device: ids as lsusb shows them (046d:c52b), or where it is "
			    "plugged in (1-2.4)",
			    device);
		return NULL;
	}
	return arguments;
}

/* ---- those it has ---- */

static gboolean list(struct qmp *qmp, GError **error)
{
	g_autoptr(JsonNode) value = qmp_call(qmp, "qom-list",
					     qmp_words("path", "/machine/peripheral", NULL), error);
	JsonArray *members = qmp_as_array(value);
	unsigned count = 0;

	for (unsigned i = 0; members && i < json_array_get_length(members); i++) {
		JsonObject *member = qmp_as_object(json_array_get_element(members, i));
		const char *name = qmp_text(member, "name");
		if (!name || g_strcmp0(qmp_text(member, "type"), "child<usb-host>") != 0)
			continue;
		g_autofree char *device = g_strdup(
			g_str_has_prefix(name, PREFIX) ? name + strlen(PREFIX) : name);
		if (strlen(device) == 9 && device[4] == '-')
			device[4] = ':';
		printf("%s\n", device);
		count++;
	}
	if (value && !count)
		fprintf(stderr, "it has no USB devices of this computer\n");
	return value != NULL;
}

/* ---- taking one back: the guest lets go when it has heard of it ---- */

static gboolean is_there(struct qmp *qmp, const char *name)
{
	g_autofree char *path = g_strconcat("/machine/peripheral/", name, NULL);
	g_autoptr(JsonNode) value = qmp_call(qmp, "qom-list", qmp_words("path", path, NULL), NULL);

	return value != NULL;
}

/* FALSE with `error` where adding finds it, or removing does not. */
static gboolean check_there(struct qmp *qmp, const char *device, gboolean wanted, GError **error)
{
	g_autofree char *name = name_of(device);

	if (is_there(qmp, name) == wanted)
		return TRUE;
	g_set_error(error, G_IO_ERROR, wanted ? G_IO_ERROR_NOT_FOUND : G_IO_ERROR_EXISTS,
		    wanted ? "it does not have %s; oriel usb lists what it has"
			   : "it has %s already",
		    device);
	return FALSE;
}

static gboolean remove_device(struct qmp *qmp, const char *device, GError **error)
{
	g_autofree char *name = name_of(device);
	gint64 late = g_get_monotonic_time() + GONE_MS * 1000;

	if (!attach_do(qmp, "device_del", qmp_words("id", name, NULL), error))
		return FALSE;
	while (is_there(qmp, name) && g_get_monotonic_time() < late)
		g_usleep(20000);
	if (!is_there(qmp, name))
		return TRUE;
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
		    "the guest does not let go of %s yet; it goes as soon as it does", device);
	return FALSE;
}

/* ---- all of it ---- */

static gboolean run(const struct options *options, struct qmp *qmp, GError **error)
{
	if (!options->verb)
		return list(qmp, error);
	gboolean adds = strcmp(options->verb, "add") == 0;
	JsonObject *arguments = arguments_of(options->device, error);
	if (!arguments || !check_there(qmp, options->device, !adds, error)) {
		g_clear_pointer(&arguments, json_object_unref);
		return FALSE;
	}
	if (adds)
		return attach_do(qmp, "device_add", arguments, error);
	json_object_unref(arguments);
	return remove_device(qmp, options->device, error);
}

int cmd_usb(int argc, char **argv)
{
	struct options options;
	g_autoptr(GError) error = NULL;

	if (!parse(&options, argc, argv, &error)) {
		fprintf(stderr, "oriel usb: %s\n", error->message);
		return 2;
	}
	struct qmp *qmp = attach(options.word, NULL, &error);
	gboolean good = qmp && run(&options, qmp, &error);
	if (!good)
		fprintf(stderr, "oriel usb: %s\n", error->message);
	qmp_destroy(qmp);
	return good ? 0 : 1;
}
