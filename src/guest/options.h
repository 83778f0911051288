/* guest/options.h - oriel-guest's command line. */
#ifndef GUEST_OPTIONS_H
#define GUEST_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "guest/capture.h"

struct options {
	const char *memory;  /* NULL = find it */
	uint64_t create;     /* bytes; 0 = the memory must be there */
	const char *capture; /* NAME[:ARG], NULL = the best this program has */
	uint32_t fps_limit;
	bool stats, verbose, quiet, no_extension;
	bool help, version; /* print that and leave */
};

/* 0, or -EINVAL with words. The texts point into argv. */
int options_parse(struct options *out, int argc, char **argv, struct err *err);

/* What --help says: every option, every capture of this program. Fits 80 columns. */
void options_help(FILE *to, const char *program, const struct capture_impl *const *impls);

/* "64M", "1G", "65536": bytes. False if it is no size or 0. */
bool options_size(const char *text, uint64_t *out);

#endif
