/* vm/helper/verbs.h - all that oriel-helper does as root. A plan names these, `oriel up` asks for
 * them, the helper checks each word anew and does it.
 *
 * A request is a line: a verb and its words, one space between. The answer is a line: "ok", "ok
 * VALUE", or "no" and why, for a person; nothing of a request that got a "no" has stayed. One such
 * line comes unasked, before the first request. Before anything changes, what was there is written
 * to the machine's journal; the end of the requests, or a later `oriel-helper restore`, undoes it
 * all, newest first. After the end of the requests comes one last line: "ok", or "no" and what
 * could not be given back.
 *
 * Plain C, without GLib: the helper itself is.
 */
#ifndef VM_HELPER_VERBS_H
#define VM_HELPER_VERBS_H

#include <stdbool.h>
#include <stddef.h>

enum verb_kind {
	VERB_BIND,     /* a device to vfio-pci, from whatever driver has it */
	VERB_DESKTOP,  /* stop what runs the desktop: a unit */
	VERB_CONSOLES, /* take the text consoles from the frame buffer */
	VERB_GROUP,    /* the user may open a device's IOMMU group; bind all its functions before */
	VERB_LOCK,     /* the user's `oriel up`, and QEMU after it, may lock so many bytes */
	VERB_MACVTAP,  /* the interface it rides on, its own name and address: make one; answers its
			* device node, which is the user's */
	VERB_MDEV,     /* make a mediated device, whose group the user may open; answers nothing */
	VERB_PAGES,    /* see that so many huge pages are free */
	VERB_RESET,    /* methods of a device's reset, best first */
	VERB_SLEEP,    /* may a device sleep while nobody uses it; after bind, which lets it */
	VERB_UNLOAD,   /* take the modules of NVIDIA's driver out, so that it lets go */
	VERB_VFS,  /* so many virtual functions of a device; none is given to a driver. They go when
		    * no machine has one any more: taking one from QEMU waits for QEMU's end */
	VERB_VGPU, /* NVIDIA's type of a virtual function */
	VERB_KINDS,
};

enum verb_word {
	WORD_NONE,
	WORD_ADDRESS,   /* 0000:01:00.0 */
	WORD_COUNT,     /* a decimal number, below 2^50 */
	WORD_INTERFACE, /* eth0 */
	WORD_MAC,       /* 52:54:00:12:34:56 */
	WORD_METHODS,   /* flr,bus; - is none */
	WORD_MODULES,   /* nvidia */
	WORD_PAGE,      /* KiB of a huge page: 2048 or 1048576 */
	WORD_SWITCH,    /* yes or no */
	WORD_TYPE,      /* i915-GVTg_V5_4 */
	WORD_UNIT,      /* display-manager.service, or that of one by its own name */
	WORD_UUID,      /* in lower case */
	/* In journals only. */
	WORD_FLAG,    /* 1, 0, or - where the file is not there */
	WORD_CONTROL, /* auto, on, or - */
	WORD_DRIVER,  /* nouveau; - is none */
	WORD_MODULE,  /* nvidia_drm */
	WORD_KINDS,
};

enum { VERB_WORDS = 3, VERB_LINE = 256, VERB_ANSWER = 640, WORD_LENGTH = 80 };

struct verb {
	const char *name;
	enum verb_word words[VERB_WORDS];
};

extern const struct verb verbs[VERB_KINDS];

/* Is that text a word of this kind, as it is written in a request? Says nothing of whether there is
 * such a thing. Fits WORD_LENGTH with its end; never has a blank, a slash or a control character.
 */
bool verb_word_fits(enum verb_word kind, const char *text);

/* A name that `oriel up` may give a machine: it becomes a file's. */
bool verb_machine_fits(const char *name);

/* Splits `line` (changed: its blanks become ends) into a row of `table`'s name and its words, and
 * checks them. The row's number, or -1 with `why` saying what is wrong. */
int verb_parse(const struct verb *table, size_t count, char *line, char *words[VERB_WORDS],
	       const char **why);

#endif
