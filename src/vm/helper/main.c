/* oriel-helper: what `oriel up` needs root for, and nothing else. The verbs are in verbs.h; who may
 * call it, polkit decides; for what, /etc/oriel/devices (allow.h). */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "vm/helper/device.h"
#include "vm/helper/hooks.h"
#include "vm/helper/serve.h"
#include "vm/helper/steady.h"
#include "vm/helper/verbs.h"

static const char help[] =
	"Usage: oriel-helper serve MACHINE\n"
	"       oriel-helper restore MACHINE|--all\n"
	"       oriel-helper allow|forbid ADDRESS|INTERFACE...\n"
	"\n"
	"The part of `oriel up` that runs as root. It hands to machines what root has\n"
	"allowed, and gives it back when they end.\n"
	"\n"
	"  serve     answer the requests of one machine's `oriel up` (pkexec starts this)\n"
	"  restore   give back what a machine left behind that was killed with its helper\n"
	"  allow     let machines have a PCI device (0000:01:00.0), or share a network\n"
	"            interface (eth0); writes /etc/oriel/devices\n"
	"  forbid    no longer\n";

static int fail(const struct err *err)
{
	fprintf(stderr, "oriel-helper: %s\n", err->text);
	return 1;
}

static int misused(const char *why)
{
	fprintf(stderr, "oriel-helper: %s (oriel-helper --help)\n", why);
	return 2;
}

static int run_serve(const struct caller *caller, char **words, int count)
{
	if (count != 1 || !verb_machine_fits(words[0]))
		return misused("serve wants the name of one machine");
	return serve(caller, words[0]);
}

static int run_restore(const struct caller *caller, char **words, int count)
{
	bool all = count == 1 && strcmp(words[0], "--all") == 0;
	struct err err = { 0 };

	if (count != 1 || (!all && !verb_machine_fits(words[0])))
		return misused("restore wants the name of one machine, or --all");
	if (all && caller->uid != hook_owner())
		return misused("--all is for root; name a machine of yours");
	return serve_restore(caller, all ? NULL : words[0], &err) == 0 ? 0 : fail(&err);
}

/* "01:00.0" is that function, too. */
static int name_thing(const char *word, bool add, struct allowed *out, struct err *err)
{
	char address[PCI_ADDRESS_LENGTH];

	if (pci_address_parse(word, &out->address)) {
		pci_address_format(&out->address, address);
		return add ? device_look(address, out, err) : 0;
	}
	if (!verb_word_fits(WORD_INTERFACE, word))
		return err_set(err, -EINVAL,
			       "%.32s: neither an address of PCI nor a network interface's name",
			       word);
	strcpy(out->interface, word);
	return 0;
}

static int change(char **words, int count, bool add)
{
	struct err err = { 0 };
	int result = 0;

	for (int i = 0; i < count && result == 0; i++) {
		struct allowed entry = { 0 };
		result = name_thing(words[i], add, &entry, &err);
		if (result == 0)
			result = allow_change(&entry, add, &err);
	}
	return result == 0 ? 0 : fail(&err);
}

static int run_allow(const struct caller *caller, char **words, int count)
{
	(void)caller;
	return count ? change(words, count, true) : misused("allow what?");
}

static int run_forbid(const struct caller *caller, char **words, int count)
{
	(void)caller;
	return count ? change(words, count, false) : misused("forbid what?");
}

static const struct command {
	const char *name;
	int (*run)(const struct caller *caller, char **words, int count);
} commands[] = {
	{ "allow", run_allow },
	{ "forbid", run_forbid },
	{ "restore", run_restore },
	{ "serve", run_serve },
};

int main(int argc, char **argv)
{
	struct caller caller;
	struct err err = { 0 };

	hook_open();
	if (argc == 2 && strcmp(argv[1], "--help") == 0)
		return fputs(help, stdout) < 0;
	if (argc == 2 && strcmp(argv[1], "--version") == 0)
		return puts("oriel-helper " ORIEL_VERSION) < 0;
	if (geteuid() != hook_owner())
		return misused("this needs root; `oriel up` starts it by pkexec");
	int result = caller_find(&caller, &err);
	steady();
	if (result != 0)
		return fail(&err);
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		if (argc >= 2 && strcmp(argv[1], commands[i].name) == 0)
			return commands[i].run(&caller, argv + 2, argc - 2);
	return misused("unknown command");
}
