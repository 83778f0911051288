#include "spice/vv.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"

#define GROUP "virt-viewer"

static gboolean refuse(GError **error, const char *why)
{
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "no connection file of SPICE: %s",
		    why);
	return FALSE;
}

/* What is there and not empty. */
static char *take_text(GKeyFile *file, const char *key)
{
	char *text = g_key_file_get_string(file, GROUP, key, NULL);

	if (text && !*text)
		g_clear_pointer(&text, g_free);
	return text;
}

/* Those who have none write -1 or 0. What is wrong, or NULL. */
static const char *take_port(GKeyFile *file, const char *key, char **out)
{
	g_autofree char *text = take_text(file, key);
	gint64 port;

	if (!text)
		return NULL;
	if (!g_ascii_string_to_signed(text, 10, -1, 65535, &port, NULL))
		return "a port is a number from 1 to 65535";
	if (port > 0)
		*out = g_strdup_printf("%d", (int)port);
	return NULL;
}

static const char *take_address(GKeyFile *file, struct address *out)
{
	out->host = take_text(file, "host");
	out->proxy = take_text(file, "proxy");
	const char *wrong = take_port(file, "port", &out->port);

	if (!wrong)
		wrong = take_port(file, "tls-port", &out->tls_port);
	if (!wrong && !out->host)
		wrong = "host= is missing";
	return wrong || out->port || out->tls_port ? wrong : "port= and tls-port= are missing";
}

static const char *take(GKeyFile *file, struct vv *out)
{
	g_autofree char *type = take_text(file, "type");

	if (!type)
		return "[" GROUP "] with type=spice is missing";
	if (strcmp(type, "spice") != 0)
		return "its type is another one";
	out->password = take_text(file, "password");
	out->title = take_text(file, "title");
	out->ca = take_text(file, "ca");
	out->subject = take_text(file, "host-subject");
	out->once = g_key_file_get_integer(file, GROUP, "delete-this-file", NULL) != 0;
	return take_address(file, &out->address);
}

gboolean vv_parse(struct vv *out, const char *text, gsize length, GError **error)
{
	g_autoptr(GKeyFile) file = g_key_file_new();
	struct vv self = { .once = FALSE };

	if (length > VV_MAX)
		return refuse(error, "it is too large");
	if (length == 0 || !g_key_file_load_from_data(file, text, length, G_KEY_FILE_NONE, NULL))
		return refuse(error, "it is not of lines KEY=VALUE below [" GROUP "]");
	const char *wrong = take(file, &self);
	if (wrong) {
		vv_clear(&self);
		return refuse(error, wrong);
	}
	*out = self;
	return TRUE;
}

/* Never more than that: the file's name may be that of a device. */
static gboolean load(const char *path, char *text, gsize *length, GError **error)
{
	FILE *file = fopen(path, "re");

	if (!file) {
		g_set_error(error, G_IO_ERROR, g_io_error_from_errno(errno), "%s: %s", path,
			    g_strerror(errno));
		return FALSE;
	}
	*length = fread(text, 1, VV_MAX + 1, file);
	fclose(file);
	return TRUE;
}

gboolean vv_read(struct vv *out, const char *path, GError **error)
{
	g_autofree char *text = g_malloc(VV_MAX + 1);
	gsize length;

	if (!load(path, text, &length, error))
		return FALSE;
	gboolean understood = vv_parse(out, text, length, error);
	explicit_bzero(text, VV_MAX + 1);
	if (!understood)
		g_prefix_error(error, "%s: ", path);
	else if (out->once && g_unlink(path))
		log_warn("%s: it wants to be deleted, but: %s", path, g_strerror(errno));
	return understood;
}

void vv_clear(struct vv *self)
{
	address_clear(&self->address);
	g_free(self->password);
	g_free(self->title);
	g_free(self->ca);
	g_free(self->subject);
	*self = (struct vv){ .once = FALSE };
}
