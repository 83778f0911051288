/* A libvirt domain: whatever is taken loads as a file of ours. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vm/config/config.h"
#include "vm/exchange/import.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
const char *__lsan_default_suppressions(void);

/* libfyaml 0.7.12 and GLib 2.74 lose the pieces of a text that they give up on; we end then. */
const char *__lsan_default_suppressions(void)
{
	return "leak:libfyaml\nleak:g_markup_parse_context_parse";
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autoptr(GPtrArray) lost = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GError) error = NULL;
	g_autofree char *yaml = import_libvirt("fuzz", (const char *)data, size, lost, &error);
	struct vm *vm = yaml ? config_parse("yaml", yaml, strlen(yaml), "/", &error) : NULL;

	if (!yaml == !error || (yaml && !vm)) {
		fprintf(stderr, "%s\n%s\n", yaml ? yaml : "", error ? error->message : "no error");
		abort();
	}
	config_free(vm);
	return 0;
}
