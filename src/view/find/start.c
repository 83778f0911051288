#include "view/find/start.h"

#include <string.h>

#include "base/log.h"
#include "view/find/find.h"

static void list(const GPtrArray *all, enum list_style style)
{
	find_print(all, style == LIST_CSV, stdout);
	if (all->len)
		return;
	g_autofree char *nothing = find_nothing(find_usual(), NULL);
	log_warn("%s", nothing);
}

static gboolean take(struct settings *settings, const struct find_place *place, GError **error)
{
	bool machine = place->kind == PLACE_MACHINE;

	log_info("takes %s %s", machine ? place->name : "", place->path);
	return (!machine || settings_type(settings, "vm", place->name, error)) &&
	       settings_type(settings, machine ? "server" : "memory", place->path, error);
}

static gboolean choose(struct settings *settings, const GPtrArray *all, GError **error)
{
	const char *vm = settings_options(settings)->asked.vm;
	g_autoptr(GPtrArray) choices = find_choices(all, vm);
	const struct find_place *place = NULL;

	if (choices->len == 0)
		return TRUE;
	place = choices->len == 1 ? choices->pdata[0] : find_ask(choices, stdin, stderr, error);
	return place && take(settings, place, error);
}

enum options_answer find_start(struct settings *settings, GError **error)
{
	const struct options *options = settings_options(settings);
	bool named = options->source != &source_oriel ||
		     (options->source_arg && !g_str_has_prefix(options->source_arg, SOURCE_VM));

	if (named && !options->asked.list)
		return OPTIONS_RUN;
	g_autoptr(GPtrArray) all = find_places(find_usual());
	if (options->asked.list) {
		list(all, options->asked.list);
		return OPTIONS_DONE;
	}
	return choose(settings, all, error) ? OPTIONS_RUN : OPTIONS_WRONG;
}
