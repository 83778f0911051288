#include "spice/address.h"

#include <gio/gio.h>
#include <string.h>

static gboolean refuse(GError **error, const char *text, const char *why)
{
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
		    "\"%s\" is no SPICE address: %s; write a socket's path, HOST:PORT, "
		    "spice://HOST:PORT or spice+tls://HOST:PORT",
		    text, why);
	return FALSE;
}

static gboolean is_port(const char *text)
{
	guint64 port;

	return g_ascii_string_to_unsigned(text, 10, 1, 65535, &port, NULL);
}

/* "HOST:PORT", "[HOST]:PORT" or "HOST". What is wrong, or NULL. */
static const char *split_host(const char *text, char **host, char **port)
{
	const char *end = text[0] == '[' ? strchr(text, ']') : strrchr(text, ':');

	if (text[0] == '[' && !end)
		return "there is no ] after [";
	if (text[0] == '[') {
		*host = g_strndup(text + 1, (gsize)(end - text) - 1);
		end++;
		if (*end && *end != ':')
			return "only a port can follow ]";
	} else {
		*host = end ? g_strndup(text, (gsize)(end - text)) : g_strdup(text);
		if (strchr(*host, ':'))
			return "an address with colons stands in [ ]";
		if (!end)
			end = text + strlen(text);
	}
	if (!**host)
		return "it names no host";
	if (!*end)
		return NULL;
	*port = g_strdup(end + 1);
	return is_port(*port) ? NULL : "a port is a number from 1 to 65535";
}

/* "port=1&tls-port=2". What is wrong, or NULL. */
static const char *take_query(struct address *self, const char *query)
{
	g_auto(GStrv) words = g_strsplit_set(query, "&;", -1);

	for (char **word = words; *word; word++) {
		char **to = NULL;
		if (g_str_has_prefix(*word, "port="))
			to = &self->port;
		else if (g_str_has_prefix(*word, "tls-port="))
			to = &self->tls_port;
		else if (g_str_has_prefix(*word, "password="))
			return "a password does not belong there, where everybody reads it";
		else
			return "after ? only port= and tls-port= are known";
		g_free(*to);
		*to = g_strdup(strchr(*word, '=') + 1);
		if (!is_port(*to))
			return "a port is a number from 1 to 65535";
	}
	return NULL;
}

static const char *take_host(struct address *self, const char *text, gboolean tls)
{
	const char *query = strchr(text, '?');
	g_autofree char *host = query ? g_strndup(text, (gsize)(query - text)) : g_strdup(text);

	if (g_str_has_suffix(host, "/"))
		host[strlen(host) - 1] = '\0';
	const char *wrong = split_host(host, &self->host, tls ? &self->tls_port : &self->port);
	if (!wrong && query)
		wrong = take_query(self, query + 1);
	return wrong || self->port || self->tls_port ? wrong : "it names no port";
}

static const char *take(struct address *self, const char *text)
{
	static const char unix_scheme[] = "spice+unix://";

	if (g_str_has_prefix(text, unix_scheme))
		text += strlen(unix_scheme);
	if (text[0] == '/') {
		self->path = g_strdup(text);
		return NULL;
	}
	if (g_str_has_prefix(text, "spice+tls://"))
		return take_host(self, text + strlen("spice+tls://"), TRUE);
	if (g_str_has_prefix(text, "spice://"))
		return take_host(self, text + strlen("spice://"), FALSE);
	if (strstr(text, "://"))
		return "there is no such scheme";
	return take_host(self, text, FALSE);
}

gboolean address_parse(struct address *out, const char *text, GError **error)
{
	struct address self = { NULL };
	const char *wrong = take(&self, text);

	if (wrong) {
		address_clear(&self);
		return refuse(error, strstr(text, "password=") ? "..." : text, wrong);
	}
	*out = self;
	return TRUE;
}

void address_clear(struct address *self)
{
	g_free(self->path);
	g_free(self->host);
	g_free(self->port);
	g_free(self->tls_port);
	g_free(self->proxy);
	*self = (struct address){ NULL };
}

void address_copy(struct address *out, const struct address *from)
{
	*out = (struct address){
		.path = g_strdup(from->path),
		.host = g_strdup(from->host),
		.port = g_strdup(from->port),
		.tls_port = g_strdup(from->tls_port),
		.proxy = g_strdup(from->proxy),
	};
}
