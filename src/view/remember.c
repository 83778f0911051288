#include "view/remember.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"

#define GROUP      "size"
#define MICROPHONE "microphone"

char *remember_folder(void)
{
	char *folder = g_build_filename(g_get_user_state_dir(), "oriel", NULL);

	g_mkdir_with_parents(folder, 0700);
	return folder;
}

static char *file_path(const char *name)
{
	g_autofree char *folder = remember_folder();

	return g_build_filename(folder, name, NULL);
}

/* Names are keys of a GKeyFile, which has opinions about them. */
static char *key_of(const char *path)
{
	g_autofree char *base = g_path_get_basename(path);

	if (g_str_has_suffix(base, ".sock"))
		base[strlen(base) - strlen(".sock")] = '\0';
	return g_strcanon(g_steal_pointer(&base), G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "-_.",
			  '_');
}

char *remember_name(const struct options *options)
{
	const struct asked_options *asked = &options->asked;
	const char *place = asked->server ? asked->server : options->source_arg;

	if (!options->remember_size || options->source != &source_oriel)
		return NULL;
	return asked->vm || place ? key_of(asked->vm ? asked->vm : place) : NULL;
}

struct extent remember_size(const char *name)
{
	g_autoptr(GKeyFile) file = g_key_file_new();
	g_autofree char *path = file_path("windows");
	int width = 0, height = 0;
	char rest;

	g_key_file_load_from_file(file, path, G_KEY_FILE_NONE, NULL);
	g_autofree char *text = g_key_file_get_string(file, GROUP, name, NULL);
	if (!text || sscanf(text, "%dx%d%c", &width, &height, &rest) != 2 || width < 1 ||
	    height < 1 || width > INT16_MAX || height > INT16_MAX)
		return (struct extent){ 0, 0 };
	return (struct extent){ (uint32_t)width, (uint32_t)height };
}

void remember_store(const char *name, struct extent size)
{
	g_autoptr(GKeyFile) file = g_key_file_new();
	g_autoptr(GError) error = NULL;
	g_autofree char *path = file_path("windows");
	g_autofree char *text = g_strdup_printf("%ux%u", size.width, size.height);

	g_key_file_load_from_file(file, path, G_KEY_FILE_KEEP_COMMENTS, NULL);
	g_key_file_set_string(file, GROUP, name, text);
	if (!g_key_file_save_to_file(file, path, &error))
		log_info("the window's size is not remembered: %s", error->message);
}

/* Exact: servers of two folders may have one name. */
static char *key_of_address(const char *address)
{
	return g_uri_escape_string(address, NULL, FALSE);
}

enum permission remember_microphone(const char *address)
{
	g_autoptr(GKeyFile) file = g_key_file_new();
	g_autofree char *path = file_path("microphones");
	g_autofree char *key = key_of_address(address);

	g_key_file_load_from_file(file, path, G_KEY_FILE_NONE, NULL);
	g_autofree char *text = g_key_file_get_string(file, MICROPHONE, key, NULL);
	if (g_strcmp0(text, "allow") == 0)
		return PERMISSION_ALLOW;
	return g_strcmp0(text, "deny") == 0 ? PERMISSION_DENY : PERMISSION_ASK;
}

void remember_store_microphone(const char *address, enum permission permission)
{
	g_autoptr(GKeyFile) file = g_key_file_new();
	g_autoptr(GError) error = NULL;
	g_autofree char *path = file_path("microphones");
	g_autofree char *key = key_of_address(address);

	g_key_file_load_from_file(file, path, G_KEY_FILE_KEEP_COMMENTS, NULL);
	g_key_file_set_string(file, MICROPHONE, key,
			      permission == PERMISSION_ALLOW ? "allow" : "deny");
	if (!g_key_file_save_to_file(file, path, &error))
		log_warn("the answer is not remembered: %s", error->message);
}
