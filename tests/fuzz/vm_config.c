/* A machine's YAML file. What is refused is refused in words, with its place. */
#include <stdlib.h>
#include <string.h>

#include "vm/config/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
const char *__lsan_default_suppressions(void);

/* libfyaml 0.7.12 loses the pieces of a text that it gives up on; we end then. */
const char *__lsan_default_suppressions(void)
{
	return "leak:libfyaml";
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autoptr(GError) error = NULL;
	struct vm *vm = config_parse("fuzz", (const char *)data, size, "/vms", &error);

	if (!vm && !g_str_has_prefix(error->message, "fuzz:"))
		abort();
	if (vm && (!vm->name || error))
		abort();
	config_free(vm);
	return 0;
}
