#include "vm/helper/serve.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "vm/helper/hooks.h"
#include "vm/helper/undo.h"

static int (*const steps[VERB_KINDS])(struct helper *self, char *const *words, char *value,
				      struct err *err) = {
	[VERB_BIND] = step_bind,   [VERB_DESKTOP] = step_desktop, [VERB_CONSOLES] = step_consoles,
	[VERB_GROUP] = step_group, [VERB_LOCK] = step_lock,       [VERB_MACVTAP] = step_macvtap,
	[VERB_MDEV] = step_mdev,   [VERB_PAGES] = step_pages,     [VERB_RESET] = step_reset,
	[VERB_SLEEP] = step_sleep, [VERB_UNLOAD] = step_unload,   [VERB_VFS] = step_vfs,
	[VERB_VGPU] = step_vgpu,
};

/* ---- answers ---- */

/* Names of programs and texts of the kernel's are in there. */
static void make_line(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			*text = '?';
}

static void answer_no(char answer[VERB_ANSWER], const struct err *err, const struct err *undone)
{
	if (undone->text[0])
		snprintf(answer, VERB_ANSWER, "no %.400s; and not undone: %.200s", err->text,
			 undone->text);
	else
		snprintf(answer, VERB_ANSWER, "no %s", err->text);
	make_line(answer);
}

void serve_request(struct helper *self, char *line, char answer[VERB_ANSWER])
{
	char *words[VERB_WORDS] = { NULL }, value[WORD_LENGTH] = "";
	struct err err = { 0 }, undone = { 0 };
	unsigned before = self->journal.count;
	const char *why;
	int verb = verb_parse(verbs, VERB_KINDS, line, words, &why);

	if (verb < 0) {
		snprintf(answer, VERB_ANSWER, "no %s", why);
	} else if (steps[verb](self, words, value, &err) >= 0) {
		snprintf(answer, VERB_ANSWER, "ok%s%s", *value ? " " : "", value);
	} else {
		undo_to(&self->journal, before, &undone);
		answer_no(answer, &err, &undone);
	}
}

/* Nobody may listen any more; that is no reason to stop. */
static void say(const char *answer)
{
	char line[VERB_ANSWER + 1];
	int length = snprintf(line, sizeof(line), "%s\n", answer);

	if (write(1, line, (size_t)length) != length)
		return;
}

/* ---- requests ---- */

struct input {
	int signals;
	size_t filled;
	char bytes[VERB_LINE];
};

/* False: there is no more, or we are to end. */
static bool fill(struct input *self)
{
	struct pollfd ready[] = { { self->signals, POLLIN, 0 }, { 0, POLLIN, 0 } };

	while (poll(ready, 2, -1) < 0)
		if (errno != EINTR)
			return false;
	if (ready[0].revents)
		return false;
	ssize_t got = read(0, self->bytes + self->filled, sizeof(self->bytes) - self->filled);
	if (got <= 0)
		return got < 0 && errno == EINTR;
	self->filled += (size_t)got;
	return true;
}

/* The next line without its end. False: there is none, or one too long, after which nothing counts.
 */
static bool take_line(struct input *self, char out[VERB_LINE])
{
	char *end;

	while (!(end = memchr(self->bytes, '\n', self->filled)))
		if (self->filled == sizeof(self->bytes) || !fill(self))
			return false;
	size_t length = (size_t)(end - self->bytes);
	memcpy(out, self->bytes, length);
	out[length] = '\0';
	self->filled -= length + 1;
	memmove(self->bytes, end + 1, self->filled);
	return true;
}

static void answer_all(struct helper *self)
{
	struct input input = { 0 };
	char line[VERB_LINE], answer[VERB_ANSWER];
	sigset_t term;

	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	input.signals = signalfd(-1, &term, SFD_CLOEXEC);
	say("ok");
	while (take_line(&input, line)) {
		serve_request(self, line, answer);
		say(answer);
	}
	close(input.signals);
}

/* ---- a machine's life ---- */

static int refuse(const struct err *err)
{
	char answer[VERB_ANSWER];

	answer_no(answer, err, &(struct err){ 0 });
	say(answer);
	return 1;
}

int serve(const struct caller *caller, const char *machine)
{
	static struct helper self; /* large */
	char name[JOURNAL_NAME];
	struct err err = { 0 };

	self.caller = *caller;
	journal_name(name, caller->uid, machine);
	if (journal_open(&self.journal, name, false, &err) != 0)
		return refuse(&err);
	int result = undo_to(&self.journal, 0, &err);
	if (result == 0) {
		answer_all(&self);
		result = undo_to(&self.journal, 0, &err);
	}
	journal_close(&self.journal);
	if (result != 0)
		return refuse(&err);
	say("ok");
	return 0;
}

/* ---- what died ---- */

struct restoring {
	const struct caller *caller;
	const char *machine;
	int result;
	struct err *err;
};

static bool is_meant(const struct restoring *self, const char *name)
{
	char own[JOURNAL_NAME];

	journal_name(own, self->caller->uid, self->machine ? self->machine : "");
	if (self->caller->uid != hook_owner())
		return strcmp(name, own) == 0;
	return !self->machine || strcmp(strchr(name, '-') + 1, self->machine) == 0;
}

/* One that runs has its journal locked, and is left alone unless it was asked for. */
static void restore(void *data, const char *name)
{
	struct restoring *self = data;
	static struct journal journal;
	struct err why = { 0 };

	if (!is_meant(self, name))
		return;
	int result = journal_open(&journal, name, true, &why);
	if (result == 0) {
		result = undo_to(&journal, 0, &why);
		journal_close(&journal);
	} else if (result == -ENOENT || (result == -EAGAIN && !self->machine)) {
		return;
	}
	if (result != 0 && self->result == 0)
		self->result = err_set(self->err, result, "%.80s: %.400s", name, why.text);
}

int serve_restore(const struct caller *caller, const char *machine, struct err *err)
{
	struct restoring self = { caller, machine, 0, err };

	journal_each(restore, &self);
	return self.result;
}
