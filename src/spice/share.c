#include "spice/share.h"

#include <gio/gio.h>
#include <spice-client.h>
#include <stdio.h>
#include <string.h>

#include "spice/part.h"
#include "spice/service.h"

#define AUTO   "0x03,-1,-1,-1,0|-1,-1,-1,-1,1"
#define OTHERS "-1,-1,-1,-1,0"

struct share {
	struct part part;
	SpiceUsbDeviceManager *usb; /* of this connection; NULL: none is wanted */
	SpiceChannel *folder;       /* for it; NULL: the machine has none */
	bool told;                  /* what it lacks, which does not change */
};

/* ---- filters ---- */

static gboolean refuse(GError **error, const char *word)
{
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
		    "\"%s\" is no USB device: write VENDOR:PRODUCT as oriel-spice --list-usb "
		    "prints them, or auto",
		    word);
	return FALSE;
}

static gboolean is_number(const char *text)
{
	return strlen(text) == 4 && strspn(text, "0123456789abcdefABCDEF") == 4;
}

static gboolean append_rule(GString *out, const char *word, GError **error)
{
	g_auto(GStrv) numbers = g_strsplit(word, ":", 3);

	if (g_strv_length(numbers) != 2 || !is_number(numbers[0]) || !is_number(numbers[1]))
		return refuse(error, word);
	g_string_append_printf(out, "-1,0x%s,0x%s,-1,1|", numbers[0], numbers[1]);
	return TRUE;
}

char *share_filter(const char *usb, GError **error)
{
	g_auto(GStrv) words = g_strsplit(*usb ? usb : " ", ",", -1);
	g_autoptr(GString) out = g_string_new(NULL);

	if (strcmp(usb, "auto") == 0)
		return g_strdup(AUTO);
	for (char **word = words; *word; word++)
		if (!append_rule(out, g_strstrip(*word), error))
			return NULL;
	g_string_append(out, OTHERS);
	return g_strdup(out->str);
}

/* ---- USB ---- */

static void say(struct share *self, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void say(struct share *self, const char *format, ...)
{
	char shown[512];
	va_list args;

	va_start(args, format);
	g_autofree char *text = g_strdup_vprintf(format, args);
	va_end(args);
	service_make_presentable(shown, sizeof(shown), text);
	service_tell(self->part.service, LINK_SPICE_SHARE_ALERT, NULL, shown, NULL);
}

static char *name_of(SpiceUsbDevice *device)
{
	return spice_usb_device_get_description(device, "%s %s %s");
}

static void on_failed(SpiceUsbDeviceManager *manager, SpiceUsbDevice *device, GError *error,
		      gpointer data)
{
	g_autofree char *name = name_of(device);

	(void)manager;
	say(data, "USB: %s: %s", name, error->message);
}

/* The same properties say which devices go at once, and which do when they are plugged in. */
static void dial_usb(struct share *self, SpiceSession *spice, const char *usb)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *filter = share_filter(usb, &error);

	if (filter)
		g_object_set(spice, "enable-usbredir", TRUE, NULL);
	SpiceUsbDeviceManager *manager = filter ? spice_usb_device_manager_get(spice, &error)
						: NULL;
	if (manager) {
		g_object_set(manager, "auto-connect-filter", filter, "redirect-on-connect", filter,
			     "auto-connect", TRUE, NULL);
		g_signal_connect(manager, "auto-connect-failed", G_CALLBACK(on_failed), self);
		g_signal_connect(manager, "device-error", G_CALLBACK(on_failed), self);
		self->usb = g_object_ref(manager);
	} else if (!self->told) {
		say(self, "USB: %s", error ? error->message : "it is not to be had");
	}
}

gboolean share_list_usb(GError **error)
{
	g_autoptr(GObject) spice = G_OBJECT(spice_session_new());
	SpiceUsbDeviceManager *manager = spice_usb_device_manager_get(SPICE_SESSION(spice), error);

	if (!manager)
		return FALSE;
	g_autoptr(GPtrArray) devices = spice_usb_device_manager_get_devices(manager);
	for (unsigned i = 0; i < devices->len; i++) {
		g_autofree char *text = name_of(devices->pdata[i]);
		printf("%s\n", text);
	}
	if (devices->len == 0)
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
			    "no USB device is plugged in that could be redirected");
	return devices->len > 0;
}

/* ---- the folder ---- */

static void share_dial(struct part *part, SpiceSession *spice)
{
	struct share *self = (struct share *)part;
	const struct share_wishes *wishes = service_share(part->service);

	if (wishes->folder)
		g_object_set(spice, "shared-dir", wishes->folder, "share-dir-ro", FALSE, NULL);
	if (wishes->usb)
		dial_usb(self, spice, wishes->usb);
}

static void on_channel_event(SpiceChannel *channel, SpiceChannelEvent event, gpointer data)
{
	(void)channel;
	if (event == SPICE_CHANNEL_OPENED)
		say(data, "the folder is the guest's, too, where its spice-webdavd runs");
}

static void share_channel(struct part *part, SpiceChannel *channel)
{
	struct share *self = (struct share *)part;

	if (!SPICE_IS_WEBDAV_CHANNEL(channel) || !service_share(part->service)->folder)
		return;
	g_set_object(&self->folder, channel);
	g_signal_connect(channel, "channel-event", G_CALLBACK(on_channel_event), self);
	spice_channel_connect(channel);
}

static void share_lost(struct part *part)
{
	struct share *self = (struct share *)part;

	if (self->usb)
		g_signal_handlers_disconnect_by_data(self->usb, self);
	if (self->folder)
		g_signal_handlers_disconnect_by_data(self->folder, self);
	g_clear_object(&self->usb);
	g_clear_object(&self->folder);
	self->told = true;
}

/* ---- life ---- */

static struct part *share_create(struct service *service)
{
	struct share *self = g_new0(struct share, 1);

	(void)service;
	return &self->part;
}

static void share_destroy(struct part *part)
{
	g_free(part);
}

const struct part_impl part_share = {
	.name = "share",
	.create = share_create,
	.dial = share_dial,
	.channel = share_channel,
	.lost = share_lost,
	.destroy = share_destroy,
};
