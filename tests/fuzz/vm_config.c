/* A machine's YAML file. What is refused is refused in words, with its place. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vm/config/config.h"
#include "vm/config/write.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
const char *__lsan_default_suppressions(void);

/* libfyaml 0.7.12 loses the pieces of a text that it gives up on; we end then. */
const char *__lsan_default_suppressions(void)
{
	return "leak:libfyaml";
}

/* What is written for a machine is read as the same machine. */
static void check_written(const struct vm *vm)
{
	g_autofree char *text = config_write(vm), *again = NULL;
	g_autoptr(GError) error = NULL;
	struct vm *other = config_parse("again", text, strlen(text), "/vms", &error);

	/* Bytes that are no UTF-8 are the one thing that YAML has no words for. */
	if (!other && g_utf8_validate(text, -1, NULL)) {
		fprintf(stderr, "%s\n%s\n", text, error->message);
		abort();
	}
	if (other)
		again = config_write(other);
	if (again && strcmp(again, text) != 0) {
		fprintf(stderr, "%s\nbecomes\n%s\n", text, again);
		abort();
	}
	config_free(other);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autoptr(GError) error = NULL;
	struct vm *vm = config_parse("fuzz", (const char *)data, size, "/vms", &error);

	if (!vm && !g_str_has_prefix(error->message, "fuzz:"))
		abort();
	if (vm && (!vm->name || error))
		abort();
	if (vm)
		check_written(vm);
	config_free(vm);
	return 0;
}
