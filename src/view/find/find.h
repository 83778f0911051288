/* view/find/find.h - the guests that could be shown here, when nobody says which.
 *
 * A machine that runs has a socket NAME.sock (or a folder NAME with shm.sock in it) in one of the
 * folders where servers listen: that is the whole register, kept by oriel shmd. Other memory has
 * no name: kvmfr devices, then files that QEMU is usually told to make. Nothing found is opened,
 * and no server notices that somebody looked. Main thread only.
 */
#ifndef VIEW_FIND_H
#define VIEW_FIND_H

#include <glib.h>
#include <stdbool.h>
#include <stdio.h>

/* In the order in which they are preferred. */
enum place_kind { PLACE_MACHINE, PLACE_DEVICE, PLACE_FILE };

struct find_place {
	enum place_kind kind;
	char *name;  /* of a machine; "" */
	char *path;  /* of its server's socket, or of the memory */
	bool usable; /* false: we may not open it */
};

/* Where to look; what tests replace. */
struct find_where {
	const char *const *servers; /* folders of sockets, NULL ends */
	const char *devices;        /* "/dev" */
	const char *files;          /* "/dev/shm" */
};

/* The usual: $XDG_RUNTIME_DIR/oriel, /run/oriel, /dev, /dev/shm. Valid until the program ends. */
const struct find_where *find_usual(void);

/* All of them, struct find_place *, the preferred first. */
GPtrArray *find_places(const struct find_where *where);

/* Which of `all` come into question: the best kind of which there are any, those that we may open
 * before others. Machines must be called `vm`, if that is not NULL. The places stay `all`'s. */
GPtrArray *find_choices(const GPtrArray *all, const char *vm);

/* "no machine's server in /run/user/1000/oriel, no /dev/kvmfr0, ..."; the caller frees. */
char *find_nothing(const struct find_where *where, const char *vm);

/* What to type to get this one: "--memory=/dev/kvmfr0"; the caller frees. */
char *place_option(const struct find_place *self);

/* Prints them, as a table for people or as comma-separated values. */
void find_print(const GPtrArray *all, bool csv, FILE *out);

/* The user's choice of several. Without a terminal (`in`, `out`), or an answer: NULL, and the
 * error names them all. */
const struct find_place *find_ask(const GPtrArray *choices, FILE *in, FILE *out, GError **error);

#endif
