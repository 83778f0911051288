#include "sandbox/sandbox.h"

#include "base/mem.h"

static void path_clear(void *data)
{
	g_free(((struct sandbox_path *)data)->path);
}

void sandbox_files_init(struct sandbox_files *self)
{
	self->paths = g_array_new(FALSE, FALSE, sizeof(struct sandbox_path));
	g_array_set_clear_func(self->paths, path_clear);
	self->any_port = false;
	self->tcp_ports = g_array_new(FALSE, FALSE, sizeof(uint16_t));
}

void sandbox_files_add(struct sandbox_files *self, const char *path, unsigned rights)
{
	const struct sandbox_path one = { g_strdup(path), rights };

	g_array_append_val(self->paths, one);
}

void sandbox_files_clear(struct sandbox_files *self)
{
	g_array_unref(self->paths);
	g_array_unref(self->tcp_ports);
}

char *sandbox_gap_text(unsigned gaps)
{
	static const char *const names[] = { "TCP", "ioctl() on devices",
					     "signals to other programs", "truncating files" };
	GString *out = g_string_new(NULL);

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (gaps & 1u << i)
			g_string_append_printf(out, "%s%s", out->len ? ", " : "", names[i]);
	return g_string_free(out, FALSE);
}
