/* Of one run: for the command line only. */
#include "view/settings/rows.h"

static const struct setting rows[] = {
	{ "headless", BOOL(asked.headless), "no", .help = "Open no window",
	  .more = "Open no window. Needs no display. The same as *--window=headless*." },
	{ "shot", PATH(shot), "", .value = "FILE", .help = "Write a picture as PNG, then exit",
	  .more = "Write one picture as PNG, then exit. The file appears complete or not at\n"
		  "all." },
	{ "shot-after", AMOUNT(shot_after), "", .help = "Take that picture later: 10, 2.5s",
	  .more = "Take the picture later: a count of frames (*10*) or seconds (*2.5s*)." },
	{ "timeout", FLOAT(asked.timeout), "auto", .word = "auto", .max = 1e6, .value = "SECONDS",
	  .help = "Give up without a picture (10 for --shot)",
	  .more = "Exit with an error if no picture (or not the one that *--shot-after* asks\n"
		  "for) came by then; 0 waits for ever. *auto*: 10 with *--shot*, else 0." },
	{ "stats", ENUM(stats, "no", "words", "csv"), .initial = "no", .bare = "words",
	  .value = "csv", .help = "Print figures, once per second",
	  .more = "Print a line of figures every second and one at the end, see *FIGURES*;\n"
		  "with *csv* as comma-separated values, the names of the columns first." },
	{ "exit-after", AMOUNT(exit_after), "", .help = "Exit after so many frames or seconds",
	  .more = "Exit after so many frames shown, or seconds." },
	{ "record-input", PATH(record_input), "", .value = "FILE",
	  .help = "Write down what the guest would get",
	  .more = "Write keys, buttons and motion to a file, a line for each, in place of\n"
		  "passing them to a guest: *key a 1*, *button 272 0*, *motion -3 4*,\n"
		  "*position 10 20 of 1920x1080*, *scroll 0 -120*. Codes are those of the\n"
		  "Linux kernel. It holds what is typed: only you may read the file." },
	{ "source", TEXT(asked.source), "", .value = "SOURCE",
	  .help = "oriel[:PATH], spice, pattern[:800x600@60]",
	  .more = "Where pictures come from. *oriel* or *oriel:*_PATH_: shared memory.\n"
		  "*oriel:server=*_SOCKET_: that of an ivshmem server. *spice*: the screen that\n"
		  "the SPICE server has. Default: shared memory, and SPICE's screen while no\n"
		  "picture comes from there.\n"
		  "*pattern:*_WIDTH_*x*_HEIGHT_[*@*_HZ_][*,*_FORMAT_][*,rotate=90*][*,frames=*_N_]:\n"
		  "a test picture that needs no guest; 0 Hz is a still one. Formats are bgra,\n"
		  "rgba, rgba10, rgba16f, bgr_32 and rgb_24." },
	{ "vm", TEXT(asked.vm), "", .value = "NAME", .help = "Show this machine, with its settings",
	  .more = "The machine's name, as its server has it (*oriel shmd --name*) and the\n"
		  "settings file in *[vm NAME]*, see *FINDING THE GUEST* and *SETTINGS FILE*." },
	{ "list", ENUM(asked.list, "no", "table", "csv"), .initial = "no", .bare = "table",
	  .value = "csv", .help = "Print the guests that are found here",
	  .more = "Print the guests that could be shown, then exit; with *csv* as\n"
		  "comma-separated values, the names of the columns first." },
	{ "config", PATH(asked.config), "", .value = "FILE", .help = "Read these settings instead",
	  .more = "Read this settings file instead of the usual one. A mistake in it ends the\n"
		  "program." },
	{ "no-config", BOOL(asked.no_config), "no", .help = "Read no settings file",
	  .more = "Read no settings file." },
	{ "print-settings", BOOL(asked.print), "no", .help = "Print all settings and their origin",
	  .more = "Print every setting, as a settings file, with where each comes from." },
	{ "import-looking-glass", PATH(asked.import), "", .value = "FILE",
	  .help = "Translate a Looking Glass client.ini",
	  .more = "Translate the settings of Looking Glass's client to ours, on standard\n"
		  "output, and say there what has no counterpart. Its options may follow as\n"
		  "arguments: *win:size=800x600*; letters after *--*. FILE *-* is standard input." },
	{ "write", BOOL(asked.write), "no", .rare = true,
	  .help = "Write what was imported to the settings file",
	  .more = "With *--import-looking-glass*: write the settings file, unless there is\n"
		  "one." },
	{ "verbose", .letter = 'v', BOOL(verbose), "no", .help = "Say more",
	  .more = "Say what happens on standard error." },
	{ "version", BOOL(asked.version), "no", .help = "Print the version",
	  .more = "Print the version." },
	{ "help", .letter = 'h', BOOL(asked.help), "no", .help = "Print this",
	  .more = "Print the common options." },
	{ "help-all", BOOL(asked.help_all), "no", .help = "Print all options",
	  .more = "Print all options." },
};

const struct section section_run = { NULL, "This run", rows, ARRAY_LEN(rows) };
