#include "vm/config/tree.h"

#include <gio/gio.h>
#include <libfyaml.h>
#include <string.h>

struct builder {
	const char *name;
	struct fy_parser *parser;
	struct fy_diag *diag;
	unsigned nodes, documents;
	GError *error; /* the first one */
};

G_GNUC_PRINTF(4, 5)
static void refuse(struct builder *self, int line, int column, const char *format, ...)
{
	va_list args;

	if (self->error)
		return;
	va_start(args, format);
	g_autofree char *why = g_strdup_vprintf(format, args);
	va_end(args);
	g_set_error(&self->error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "%s:%d:%d: %s", self->name,
		    line, column, why);
}

static void refuse_event(struct builder *self, struct fy_event *event, const char *why)
{
	const struct fy_mark *mark = fy_event_start_mark(event);

	refuse(self, mark ? mark->line + 1 : 1, mark ? mark->column + 1 : 1, "%s", why);
}

/* ---- one node after the other ---- */

static struct tree *new_node(struct builder *self, struct fy_event *event, enum tree_kind kind)
{
	const struct fy_mark *mark = fy_event_start_mark(event);
	struct tree *node = g_new0(struct tree, 1);

	node->kind = kind;
	node->line = mark ? (unsigned)mark->line + 1 : 1;
	node->column = mark ? (unsigned)mark->column + 1 : 1;
	if (kind == TREE_TEXT)
		node->text = g_strdup("");
	else
		node->items = g_ptr_array_new_with_free_func((GDestroyNotify)tree_free);
	if (++self->nodes > TREE_NODES_MAX)
		refuse_event(self, event, "this file is too long to be a machine");
	return node;
}

static struct fy_event *next(struct builder *self)
{
	return self->error ? NULL : fy_parser_parse(self->parser);
}

static struct tree *build(struct builder *self, struct fy_event *event, unsigned depth);

static struct tree *build_text(struct builder *self, struct fy_event *event)
{
	struct tree *node = new_node(self, event, TREE_TEXT);
	size_t length = 0;
	const char *text = event->scalar.value ? fy_token_get_text(event->scalar.value, &length)
					       : NULL;

	g_free(node->text);
	node->text = g_strndup(text ? text : "", length);
	node->quoted = event->scalar.value &&
		       fy_token_scalar_style(event->scalar.value) != FYSS_PLAIN;
	if (strlen(node->text) != length)
		refuse_event(self, event, "a zero byte is in this text");
	return node;
}

static struct tree *build_list(struct builder *self, struct fy_event *start, unsigned depth)
{
	struct tree *node = new_node(self, start, TREE_LIST);
	struct fy_event *event;

	while ((event = next(self))) {
		bool over = event->type == FYET_SEQUENCE_END;
		if (!over)
			g_ptr_array_add(node->items, build(self, event, depth + 1));
		fy_parser_event_free(self->parser, event);
		if (over)
			break;
	}
	return node;
}

static char *build_key(struct builder *self, struct fy_event *event, const struct tree *map)
{
	if (event->type != FYET_SCALAR) {
		refuse_event(self, event, "a key is one word");
		return NULL;
	}
	struct tree *key = build_text(self, event);
	char *text = g_steal_pointer(&key->text);
	if (tree_find(map, text)) {
		g_autofree char *why = g_strdup_printf("%s stands here twice", text);
		refuse_event(self, event, why);
	}
	tree_free(key);
	return text;
}

static struct tree *build_map(struct builder *self, struct fy_event *start, unsigned depth)
{
	struct tree *node = new_node(self, start, TREE_MAP);
	struct fy_event *event;

	while ((event = next(self))) {
		bool over = event->type == FYET_MAPPING_END;
		g_autofree char *key = over ? NULL : build_key(self, event, node);
		fy_parser_event_free(self->parser, event);
		event = key ? next(self) : NULL;
		if (!event)
			break;
		struct tree *value = build(self, event, depth + 1);
		fy_parser_event_free(self->parser, event);
		value->key = g_steal_pointer(&key);
		g_ptr_array_add(node->items, value);
	}
	return node;
}

static bool is_marked(const struct fy_event *event)
{
	switch (event->type) {
	case FYET_SCALAR:
		return event->scalar.anchor || event->scalar.tag;
	case FYET_SEQUENCE_START:
		return event->sequence_start.anchor || event->sequence_start.tag;
	case FYET_MAPPING_START:
		return event->mapping_start.anchor || event->mapping_start.tag;
	default:
		return event->type == FYET_ALIAS;
	}
}

/* Never NULL; after a mistake it is not whole. */
static struct tree *build(struct builder *self, struct fy_event *event, unsigned depth)
{
	if (is_marked(event))
		refuse_event(self, event,
			     "anchors (&), aliases (*) and tags (!) are not for "
			     "machines; write it out");
	if (depth > TREE_DEPTH_MAX)
		refuse_event(self, event, "nothing of a machine is that deep");
	if (self->error)
		return new_node(self, event, TREE_TEXT);
	if (event->type == FYET_SEQUENCE_START)
		return build_list(self, event, depth);
	if (event->type == FYET_MAPPING_START)
		return build_map(self, event, depth);
	if (event->type != FYET_SCALAR)
		refuse_event(self, event, "a value is missing");
	return event->type == FYET_SCALAR ? build_text(self, event)
					  : new_node(self, event, TREE_TEXT);
}

/* ---- a whole text ---- */

static void take_root(struct builder *self, struct fy_event *event, struct tree **root)
{
	switch (event->type) {
	case FYET_STREAM_START:
	case FYET_STREAM_END:
	case FYET_DOCUMENT_END:
		break;
	case FYET_DOCUMENT_START:
		if (self->documents++)
			refuse_event(self, event, "a file is one machine; this begins another");
		break;
	default:
		tree_free(*root);
		*root = build(self, event, 0);
	}
}

static void build_all(struct builder *self, struct tree **root)
{
	struct fy_event *event;

	while ((event = next(self))) {
		take_root(self, event, root);
		fy_parser_event_free(self->parser, event);
	}
}

/* The library's own words, where it has any. */
static void take_complaint(struct builder *self)
{
	void *iterator = NULL;
	struct fy_diag_error *first = fy_diag_errors_iterate(self->diag, &iterator);

	if (first)
		refuse(self, MAX(first->line, 1), MAX(first->column, 1), "%s", first->msg);
	else if (fy_parser_get_stream_error(self->parser))
		refuse(self, 1, 1, "this is not YAML");
}

static void hush(struct fy_diag *diag, void *user, const char *text, size_t length)
{
	(void)diag, (void)user, (void)text, (void)length;
}

static struct fy_diag *silent_diag(void)
{
	struct fy_diag_cfg config;

	fy_diag_cfg_default(&config);
	config.fp = NULL;
	config.output_fn = hush;
	struct fy_diag *diag = fy_diag_create(&config);
	fy_diag_set_collect_errors(diag, true);
	return diag;
}

static bool check_text(const char *name, const char *text, size_t length, GError **error)
{
	const char *end;

	if (length > TREE_TEXT_MAX) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
			    "%s: has %zu bytes; a machine's file has at most %d", name, length,
			    TREE_TEXT_MAX);
		return false;
	}
	if (g_utf8_validate(text, (gssize)length, &end))
		return true;
	unsigned line = 1;
	for (const char *at = text; at < end; at++)
		line += *at == '\n';
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
		    "%s:%u: is not UTF-8 text here; save it as UTF-8", name, line);
	return false;
}

struct tree *tree_parse(const char *name, const char *text, size_t length, GError **error)
{
	struct builder self = { .name = name };
	struct tree *root = NULL;

	if (!check_text(name, text, length, error))
		return NULL;
	self.diag = silent_diag();
	const struct fy_parse_cfg config = { .flags = FYPCF_DEFAULT_VERSION_1_2,
					     .diag = self.diag };
	self.parser = fy_parser_create(&config);
	g_assert(self.parser);
	if (length && fy_parser_set_string(self.parser, text, length) == 0)
		build_all(&self, &root);
	take_complaint(&self);
	fy_parser_destroy(self.parser);
	fy_diag_destroy(self.diag);
	if (!root || tree_is_empty(root)) {
		tree_free(root);
		root = g_new0(struct tree, 1);
		*root = (struct tree){ .kind = TREE_MAP, .line = 1, .column = 1 };
		root->items = g_ptr_array_new_with_free_func((GDestroyNotify)tree_free);
	}
	if (!self.error)
		return root;
	tree_free(root);
	g_propagate_error(error, self.error);
	return NULL;
}

struct tree *tree_load(const char *path, GError **error)
{
	g_autofree char *text = NULL;
	gsize length;

	g_autoptr(GError) why = NULL;

	if (!g_file_get_contents(path, &text, &length, &why)) {
		bool none = g_error_matches(why, G_FILE_ERROR, G_FILE_ERROR_NOENT);
		g_set_error(error, why->domain, why->code, "%s: %s", path,
			    none ? "there is no such file; oriel init writes one" : why->message);
		return NULL;
	}
	return tree_parse(path, text, length, error);
}

/* ---- reading it ---- */

const struct tree *tree_find(const struct tree *self, const char *key)
{
	for (unsigned i = 0; i < self->items->len; i++) {
		const struct tree *item = self->items->pdata[i];
		if (strcmp(item->key, key) == 0)
			return item;
	}
	return NULL;
}

bool tree_is_empty(const struct tree *self)
{
	return self->kind == TREE_TEXT && !self->quoted &&
	       (!*self->text || strcmp(self->text, "null") == 0 || strcmp(self->text, "~") == 0);
}

void tree_free(struct tree *self)
{
	if (!self)
		return;
	g_free(self->key);
	g_free(self->text);
	if (self->items)
		g_ptr_array_unref(self->items);
	g_free(self);
}
