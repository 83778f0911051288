/* What becomes a machine's file: one body for the targets that come to one. */
#ifndef TESTS_FUZZ_VM_YAML_H
#define TESTS_FUZZ_VM_YAML_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vm/config/config.h"
#include "vm/config/write.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
const char *__lsan_default_suppressions(void);

/* libfyaml 0.7.12 and GLib 2.74 lose the pieces of a text that they give up on; we end then. */
const char *__lsan_default_suppressions(void)
{
	return "leak:libfyaml\nleak:g_markup_parse_context_parse";
}

/* What is written for a machine is read as the same machine. */
static inline void check_written(const struct vm *vm)
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

/* What is refused is refused in words, with its place. False: it was. */
static inline bool vm_yaml_try(const char *text, size_t size)
{
	g_autoptr(GError) error = NULL;
	struct vm *vm = config_parse("fuzz", text, size, "/vms", &error);

	if (!vm == !error || (vm && !vm->name) ||
	    (error && !g_str_has_prefix(error->message, "fuzz:"))) {
		fprintf(stderr, "%s\n", error ? error->message : "no error");
		abort();
	}
	if (vm)
		check_written(vm);
	config_free(vm);
	return vm;
}

/* One of import.h. */
typedef char *(*vm_yaml_import)(const char *name, const char *text, size_t length, GPtrArray *lost,
				GError **error);

/* Another program's machine: whatever is taken loads as a file of ours. */
static inline void vm_yaml_try_import(vm_yaml_import import, const uint8_t *data, size_t size)
{
	g_autoptr(GPtrArray) lost = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GError) error = NULL;
	g_autofree char *yaml = import("fuzz", (const char *)data, size, lost, &error);

	if (!yaml == !error || (yaml && !vm_yaml_try(yaml, strlen(yaml)))) {
		fprintf(stderr, "%s\n%s\n", yaml ? yaml : "", error ? error->message : "no error");
		abort();
	}
}

#endif
