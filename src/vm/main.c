/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * oriel - the one command a person types. Finds the subcommand and gets out of the way.
 */
#include <glib.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/nearest.h"
#include "oriel/oriel.h"
#include "vm/cmd.h"
#include "vm/paths.h"

struct command {
	const char *name;
	const char *summary;
	int (*run)(int argc, char **argv); /* NULL: the program oriel-NAME does it */
};

/* Alphabetical; `oriel help` prints it. */
static const struct command commands[] = {
	{ "bench", "measure what a frame costs on its way", NULL },
	{ "cd", "change what lies in a machine's CD drive", cmd_cd },
	{ "console", "a machine's serial console, or QEMU's monitor", cmd_console },
	{ "demo", "boot a guest with a desktop and show it", cmd_demo },
	{ "doctor", "what keeps machines from running here", cmd_doctor },
	{ "down", "shut a machine down", cmd_down },
	{ "export", "a machine for libvirt", cmd_export },
	{ "gpu", "GPUs of this computer, and what each is good for", cmd_gpu },
	{ "help", "this list, or what a command does", cmd_help },
	{ "import", "a machine of libvirt or LibVF.IO", cmd_import },
	{ "init", "write a machine's file for this computer", cmd_init },
	{ "ls", "list machines", cmd_ls },
	{ "pause", "let a machine stand still", cmd_pause },
	{ "plan", "what would be done for a machine, and why", cmd_plan },
	{ "resume", "let a paused machine go on", cmd_resume },
	{ "rom", "check, dump or trim a graphics card's firmware", cmd_rom },
	{ "shmd", "share a machine's memory and doorbells", cmd_shmd },
	{ "shot", "save a guest's picture as PNG", cmd_shot },
	{ "snapshot", "keep what a machine's disks and memory are, and return to it",
	  cmd_snapshot },
	{ "up", "run a machine from its file", cmd_up },
	{ "usb", "give a machine USB devices", cmd_usb },
	{ "view", "show a guest's screen in a window", cmd_view },
};

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

static int run_program(const struct command *command, char **argv)
{
	g_autofree char *name = g_strconcat("oriel-", command->name, NULL);
	g_autofree char *path = path_of_program(name);
	argv[0] = name;
	execvp(path ? path : name, argv);
	fprintf(stderr, "oriel: cannot run %s: %s\n", path ? path : name, g_strerror(errno));
	return 127;
}

static int run_command(const struct command *command, int argc, char **argv)
{
	return command->run ? command->run(argc, argv) : run_program(command, argv);
}

static int unknown_command(const char *name)
{
	struct nearest nearest = nearest_to(name);

	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		nearest_offer(&nearest, commands[i].name);
	fprintf(stderr, "oriel: %s is not a command", name);
	if (nearest.best)
		fprintf(stderr, "; did you mean %s?\n", nearest.best);
	else
		fprintf(stderr, "; oriel help lists them\n");
	return 2;
}

int cmd_help(int argc, char **argv)
{
	if (argc > 1) {
		const struct command *command = find_command(argv[1]);
		char *arguments[] = { argv[1], (char *)"--help", NULL };
		if (!command)
			return unknown_command(argv[1]);
		if (command->run != cmd_help)
			return run_command(command, 2, arguments);
	}
	printf("usage: oriel COMMAND [OPTION...]\n\n");
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		printf("  %-8s %s\n", commands[i].name, commands[i].summary);
	printf("\noriel COMMAND --help says more; oriel --version prints the version.\n");
	return 0;
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		cmd_help(1, argv);
		return 2;
	}
	if (strcmp(argv[1], "--version") == 0) {
		printf("oriel %s\n", oriel_version());
		return 0;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
		return cmd_help(1, argv);
	const struct command *command = find_command(argv[1]);
	return command ? run_command(command, argc - 1, argv + 1) : unknown_command(argv[1]);
}
