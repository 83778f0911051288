/* vm/doctor/finding.h - what a check found: a verdict, what was read, what to do. */
#ifndef VM_DOCTOR_FINDING_H
#define VM_DOCTOR_FINDING_H

#include <glib.h>

/* The better the earlier: a check that looks at many things has the worst of them. */
enum verdict {
	VERDICT_NOT_NEEDED,
	VERDICT_OK,
	VERDICT_UNKNOWN, /* what would tell may not be read, or does not answer */
	VERDICT_WARN,
	VERDICT_FAIL,
	VERDICTS,
};

/* "ok", "not-needed": as JSON has it. */
const char *verdict_name(enum verdict verdict);

/* A thing that was read, and what it means alone. */
struct fact {
	enum verdict verdict;
	char *text;
};

enum fix_kind {
	FIX_RUN,  /* as the user */
	FIX_ROOT, /* by pkexec, which asks who one is */
	FIX_FILE, /* written where the user may; a person puts it in its place */
};

/* What --fix can do about it. */
struct fix {
	enum fix_kind kind;
	char *title;   /* "make the shared memory" */
	char **words;  /* FIX_RUN, FIX_ROOT: a command, which no shell reads */
	char *path;    /* FIX_FILE: where it belongs */
	char *content; /* of it */
};

struct finding {
	enum verdict verdict;
	GPtrArray *facts;    /* struct fact; none twice */
	GPtrArray *remedies; /* char *: one thing to do each, in order; no text twice */
	GPtrArray *fixes;    /* struct fix */
};

void finding_init(struct finding *self); /* VERDICT_NOT_NEEDED */
void finding_finish(struct finding *self);

/* One fact more, none twice; the verdict is the worst of all. Control characters become "?". */
G_GNUC_PRINTF(3, 4)
void finding_say(struct finding *self, enum verdict verdict, const char *format, ...);

G_GNUC_PRINTF(2, 3)
void finding_advise(struct finding *self, const char *format, ...);

/* Takes copies; `words` ends with NULL. */
void finding_offer(struct finding *self, enum fix_kind kind, const char *title,
		   const char *const *words);
void finding_offer_file(struct finding *self, const char *title, const char *path,
			const char *content);

#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

#endif
