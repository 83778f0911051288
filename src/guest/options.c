#include "guest/options.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

bool options_size(const char *text, uint64_t *out)
{
	static const char units[] = "KMGT";
	if (!isdigit((unsigned char)*text))
		return false;
	char *end;
	errno = 0;
	uint64_t value = strtoull(text, &end, 10);
	const char *unit = *end ? strchr(units, toupper((unsigned char)*end)) : NULL;
	unsigned shift = unit ? 10 * (unsigned)(unit - units + 1) : 0;
	end += unit != NULL;
	if (unit && strcmp(end, "iB") == 0)
		end += 2;
	if (errno || *end || value == 0 || value > UINT64_MAX >> shift)
		return false;
	*out = value << shift;
	return true;
}

/* ---- one function per option that takes a value or sets a flag ---- */

static int set_memory(struct options *self, const char *value, struct err *err)
{
	(void)err;
	self->memory = value;
	return 0;
}

static int set_create(struct options *self, const char *value, struct err *err)
{
	if (options_size(value, &self->create))
		return 0;
	return err_set(err, -EINVAL, "--create %s: not a size; write e.g. 64M", value);
}

static int set_capture(struct options *self, const char *value, struct err *err)
{
	(void)err;
	self->capture = value;
	return 0;
}

static int set_fps_limit(struct options *self, const char *value, struct err *err)
{
	char *end;
	unsigned long limit = strtoul(value, &end, 10);
	if (!isdigit((unsigned char)*value) || *end || limit == 0 || limit > 100000)
		return err_set(err, -EINVAL,
			       "--fps-limit %s: not a rate; write frames per second, e.g. 60",
			       value);
	self->fps_limit = (uint32_t)limit;
	return 0;
}

#define FLAG(field)                                                                                \
	static int set_##field(struct options *self, const char *value, struct err *err)           \
	{                                                                                          \
		(void)value;                                                                       \
		(void)err;                                                                         \
		self->field = true;                                                                \
		return 0;                                                                          \
	}
FLAG(stats)
FLAG(no_extension)
FLAG(verbose)
FLAG(quiet)
FLAG(help)
FLAG(version)

static const struct {
	const char *name;
	char letter;
	const char *value; /* what --help calls it; NULL = takes none */
	int (*set)(struct options *self, const char *value, struct err *err);
	const char *help;
} rows[] = {
	{ "memory", 'm', "PATH", set_memory, "file, /dev/kvmfrN, PCI address or vfio:ADDRESS" },
	{ "create", 0, "SIZE", set_create, "create that file with SIZE (e.g. 64M) if absent" },
	{ "capture", 'c', "NAME[:ARG]", set_capture, "what to capture, see below" },
	{ "fps-limit", 0, "N", set_fps_limit, "at most N frames a second" },
	{ "stats", 0, NULL, set_stats, "print a line each second" },
	{ "no-extension", 0, NULL, set_no_extension, "be a plain producer, as Looking Glass is" },
	{ "quiet", 'q', NULL, set_quiet, "say only what went wrong" },
	{ "verbose", 'v', NULL, set_verbose, "say more" },
	{ "version", 'V', NULL, set_version, "print the version" },
	{ "help", 'h', NULL, set_help, "print this" },
};

#define ROWS ARRAY_LEN(rows)

static void to_getopt(struct option long_options[ROWS + 1], char letters[2 * ROWS + 2])
{
	*letters++ = ':'; /* tells a missing value from an unknown option */
	for (unsigned i = 0; i < ROWS; i++) {
		long_options[i] = (struct option){
			.name = rows[i].name,
			.has_arg = rows[i].value ? required_argument : no_argument,
			.val = 256 + (int)i,
		};
		if (!rows[i].letter)
			continue;
		*letters++ = rows[i].letter;
		if (rows[i].value)
			*letters++ = ':';
	}
	*letters = '\0';
	long_options[ROWS] = (struct option){ 0 };
}

static unsigned row_of(int found)
{
	if (found >= 256)
		return (unsigned)found - 256;
	for (unsigned i = 0; i < ROWS; i++)
		if (rows[i].letter == found)
			return i;
	return ROWS;
}

int options_parse(struct options *out, int argc, char **argv, struct err *err)
{
	struct option long_options[ROWS + 1];
	char letters[2 * ROWS + 2];
	to_getopt(long_options, letters);
	struct options options = { 0 };
	int found;
	opterr = 0;
	optind = 0; /* glibc: begin anew, a second call may come (tests) */
	while ((found = getopt_long(argc, argv, letters, long_options, NULL)) != -1) {
		unsigned row = row_of(found);
		if (row == ROWS)
			return err_set(err, -EINVAL, "%s: %s; --help lists the options",
				       argv[optind - 1],
				       found == ':' ? "needs a value" : "no such option");
		int failed = rows[row].set(&options, optarg, err);
		if (failed)
			return failed;
	}
	if (optind < argc)
		return err_set(err, -EINVAL, "%s: what is that? Every argument is an --option",
			       argv[optind]);
	*out = options;
	return 0;
}

void options_help(FILE *to, const char *program, const struct capture_impl *const *impls)
{
	fprintf(to,
		"usage: %s [OPTION...]\n\n"
		"Captures this guest's screen into the memory it shares with the machine it\n"
		"runs on, for oriel-view and Looking Glass B7. The memory is found by itself;\n"
		"with vfio: (needs an IOMMU) viewers can wake this program, see oriel-guest(1).\n\n",
		program);
	for (unsigned i = 0; i < ROWS; i++) {
		char name[40];
		snprintf(name, sizeof(name), "--%s%s%s", rows[i].name, rows[i].value ? " " : "",
			 rows[i].value ? rows[i].value : "");
		char letter[] = { '-', rows[i].letter, ',', '\0' };
		fprintf(to, "  %3s %-22s %s\n", rows[i].letter ? letter : "", name, rows[i].help);
	}
	fprintf(to, "\nCaptures (the first is the default):\n");
	for (; *impls; impls++)
		fprintf(to, "  %-8s %s\n", (*impls)->name, (*impls)->help);
}
