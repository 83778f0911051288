#include "vm/helper/journal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "vm/helper/hooks.h"
#include "vm/helper/place.h"

#define FOLDER "/run/oriel/undo"

const struct verb undo_lines[UNDO_KINDS] = {
	[UNDO_POWER] = { "power", { WORD_ADDRESS, WORD_FLAG, WORD_CONTROL } },
	[UNDO_DRIVER] = { "driver", { WORD_ADDRESS, WORD_DRIVER } },
	[UNDO_OVERRIDE] = { "override", { WORD_ADDRESS, WORD_DRIVER } },
	[UNDO_RESET] = { "reset", { WORD_ADDRESS, WORD_METHODS } },
	[UNDO_VFS] = { "vfs", { WORD_ADDRESS, WORD_COUNT } },
	[UNDO_PROBE] = { "probe", { WORD_ADDRESS, WORD_FLAG } },
	[UNDO_VGPU] = { "vgpu", { WORD_ADDRESS, WORD_COUNT } },
	[UNDO_MDEV] = { "mdev", { WORD_UUID, WORD_ADDRESS } },
	[UNDO_NODE] = { "node", { WORD_COUNT, WORD_COUNT, WORD_COUNT } },
	[UNDO_CONSOLES] = { "consoles", { WORD_DRIVER, WORD_FLAG } },
	[UNDO_SESSION] = { "session", { WORD_COUNT } },
	[UNDO_UNIT] = { "unit", { WORD_UNIT } },
	[UNDO_MODULE] = { "module", { WORD_MODULE } },
	[UNDO_PAGES] = { "pages", { WORD_PAGE, WORD_COUNT } },
	[UNDO_MACVTAP] = { "macvtap", { WORD_INTERFACE } },
};

/* Many machines may want these at once; the last one gives them back. */
static const bool is_shareable[UNDO_KINDS] = {
	[UNDO_VFS] = true,  [UNDO_PROBE] = true,  [UNDO_CONSOLES] = true, [UNDO_SESSION] = true,
	[UNDO_UNIT] = true, [UNDO_MODULE] = true, [UNDO_PAGES] = true,
};

/* ---- the text ---- */

static bool parse_line(const char *text, size_t length, struct undo_line *out)
{
	char line[VERB_LINE], *words[VERB_WORDS] = { NULL };
	const char *why;

	if (length >= sizeof(line) || memchr(text, '\0', length))
		return false;
	memcpy(line, text, length);
	line[length] = '\0';
	int kind = verb_parse(undo_lines, UNDO_KINDS, line, words, &why);
	if (kind < 0)
		return false;
	*out = (struct undo_line){ .kind = (enum undo_kind)kind };
	for (int i = 0; i < VERB_WORDS && words[i]; i++)
		strcpy(out->words[i], words[i]);
	return true;
}

int journal_parse(struct journal *self, const char *text, unsigned *line)
{
	const char *end;

	self->count = 0;
	for (*line = 1; (end = strchr(text, '\n')); text = end + 1, (*line)++) {
		if (self->count == JOURNAL_LINES ||
		    !parse_line(text, (size_t)(end - text), &self->lines[self->count]))
			return -EINVAL;
		self->count++;
	}
	return 0;
}

static int write_line(const struct undo_line *line, char out[VERB_LINE])
{
	int length = snprintf(out, VERB_LINE, "%s", undo_lines[line->kind].name);

	for (int i = 0; i < VERB_WORDS && line->words[i][0] && length < VERB_LINE; i++)
		length += snprintf(out + length, (size_t)(VERB_LINE - length), " %s",
				   line->words[i]);
	if (length + 1 >= VERB_LINE)
		return -ENAMETOOLONG;
	strcpy(out + length, "\n");
	return length + 1;
}

/* ---- the file ---- */

static int lock(int fd, int how)
{
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	return fcntl(fd, how, &whole) == 0 ? 0 : -errno;
}

static int make_folder(struct err *err)
{
	static const char *const folders[] = { "/run/oriel", FOLDER };
	char path[PLACE_LENGTH];
	struct stat status;

	for (size_t i = 0; i < ARRAY_LEN(folders); i++) {
		place(path, "%s", folders[i]);
		/* 0711: a user may ask whether there is a journal of one name. */
		if (mkdir(path, 0711) == 0)
			chmod(path, 0711);
		if (lstat(path, &status) != 0)
			return err_set_errno(err, -errno, "%s", path);
		if (!S_ISDIR(status.st_mode) || status.st_uid != hook_owner() ||
		    status.st_mode & (S_IWGRP | S_IWOTH))
			return err_set(err, -EPERM, "%s is not a folder of root's alone", path);
	}
	return 0;
}

/* Another helper may have removed the file between our opening and locking it. */
static int open_locked(const char *path, int flags)
{
	struct stat opened, named;

	for (;;) {
		int fd = open(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | flags, 0600);
		if (fd < 0)
			return -errno;
		int result = lock(fd, F_SETLK);
		if (result == 0 && fstat(fd, &opened) == 0 && stat(path, &named) == 0 &&
		    opened.st_ino == named.st_ino)
			return fd;
		close(fd);
		if (result != 0)
			return result == -EACCES ? -EAGAIN : result;
	}
}

static int read_lines(struct journal *self, int fd, unsigned *line)
{
	char text[JOURNAL_BYTES];
	struct stat status;

	if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) || status.st_uid != hook_owner() ||
	    status.st_mode & (S_IWGRP | S_IWOTH))
		return -EPERM;
	ssize_t got = pread(fd, text, sizeof(text) - 1, 0);
	if (got < 0)
		return -errno;
	if (got == (ssize_t)sizeof(text) - 1 || memchr(text, '\0', (size_t)got))
		return -EINVAL;
	text[got] = '\0';
	return journal_parse(self, text, line);
}

int journal_open(struct journal *self, const char *name, bool must_exist, struct err *err)
{
	char path[PLACE_LENGTH];
	unsigned line = 0;
	int result = make_folder(err);

	if (result != 0)
		return result;
	place(path, FOLDER "/%s", name);
	int fd = open_locked(path, must_exist ? 0 : O_CREAT);
	if (fd == -EAGAIN)
		return err_set(err, fd, "the machine runs already: a helper of its has %s", path);
	if (fd < 0)
		return err_set_errno(err, fd, "%s", path);
	snprintf(self->name, sizeof(self->name), "%s", name);
	self->count = 0;
	result = read_lines(self, fd, &line);
	if (result != 0) {
		close(fd);
		return err_set(
			err, result,
			"%s:%u: not believed, so nothing of it is given back; see what is in "
			"there, then remove it",
			path, line);
	}
	self->fd = fd;
	journal_cut(self, self->count); /* of half a line nothing stays */
	return 0;
}

void journal_close(struct journal *self)
{
	char path[PLACE_LENGTH];

	place(path, FOLDER "/%s", self->name);
	if (self->count == 0)
		unlink(path);
	close(self->fd);
}

void journal_name(char out[JOURNAL_NAME], uid_t uid, const char *machine)
{
	snprintf(out, JOURNAL_NAME, "%u-%.64s", uid, machine);
}

void journal_cut(struct journal *self, unsigned count)
{
	char line[VERB_LINE];
	off_t bytes = 0;

	for (unsigned i = 0; i < count; i++)
		bytes += write_line(&self->lines[i], line);
	self->count = count;
	if (ftruncate(self->fd, bytes) == 0)
		fsync(self->fd);
	hook_step();
}

void journal_each(void (*each)(void *data, const char *name), void *data)
{
	char path[PLACE_LENGTH];

	place(path, FOLDER);
	DIR *folder = opendir(path);
	for (struct dirent *entry; folder && (entry = readdir(folder));)
		if (strchr(entry->d_name, '-') && strlen(entry->d_name) < JOURNAL_NAME &&
		    entry->d_name[0] != '.')
			each(data, entry->d_name);
	if (folder)
		closedir(folder);
}

/* ---- one thing, several machines ---- */

static bool is_same_thing(const struct undo_line *a, const struct undo_line *b)
{
	return a->kind == b->kind && strcmp(a->words[0], b->words[0]) == 0;
}

static const struct undo_line *find(const struct journal *self, const struct undo_line *like)
{
	for (unsigned i = 0; i < self->count; i++)
		if (is_same_thing(&self->lines[i], like))
			return &self->lines[i];
	return NULL;
}

struct search {
	const struct journal *ours;
	const struct undo_line *like;
	bool found;
	char name[JOURNAL_NAME];
	struct undo_line line;
};

/* To open our own a second time would, once it is closed, unlock it. */
static void look_into(void *data, const char *name)
{
	struct search *self = data;
	char path[PLACE_LENGTH];
	static struct journal other; /* it is large; there is one search at a time */
	unsigned line;

	if (self->found || strcmp(name, self->ours->name) == 0)
		return;
	place(path, FOLDER "/%s", name);
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return;
	read_lines(&other, fd, &line); /* what comes before a line that is not believed counts */
	close(fd);
	const struct undo_line *found = find(&other, self->like);
	if (!found)
		return;
	self->found = true;
	self->line = *found;
	snprintf(self->name, sizeof(self->name), "%s", name);
}

static void search(struct search *self)
{
	journal_each(look_into, self);
}

static int append(struct journal *self, const struct undo_line *line, struct err *err)
{
	char text[VERB_LINE];
	int length = write_line(line, text);

	if (self->count == JOURNAL_LINES || length < 0)
		return err_set(err, -ENOSPC, "the machine's journal is full");
	hook_step();
	off_t end = lseek(self->fd, 0, SEEK_END);
	if (end < 0 || write(self->fd, text, (size_t)length) != length || fsync(self->fd) != 0) {
		int result = errno ? -errno : -EIO;
		journal_cut(self, self->count);
		return err_set_errno(err, result, "cannot write the journal in " FOLDER);
	}
	self->lines[self->count++] = *line;
	hook_step();
	return 0;
}

/* Two helpers must not both find that nobody has a thing. */
static int lock_all(struct err *err)
{
	char path[PLACE_LENGTH];

	place(path, "/run/oriel/lock");
	int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	int result = fd < 0 ? -errno : lock(fd, F_SETLKW);
	if (result == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return err_set_errno(err, result, "%s", path);
}

/* The lock is kept until the thing is back, so that nobody takes a part of it meanwhile. */
int journal_undo(struct journal *self, unsigned number,
		 int (*undo)(const struct undoing *undoing, struct err *err), uint64_t until,
		 bool cut, struct err *err)
{
	struct undo_line *line = &self->lines[number];
	struct search others = { .ours = self, .like = line };
	int all = is_shareable[line->kind] ? lock_all(err) : -1;

	if (is_shareable[line->kind] && all < 0)
		return all;
	if (all >= 0)
		search(&others);
	int result = others.found ? 0 : undo(&(struct undoing){ line->words, until }, err);
	if (result == 0 && cut)
		journal_cut(self, number);
	if (all >= 0)
		close(all);
	return result;
}

int journal_note(struct journal *self, enum undo_kind kind, const char *const words[VERB_WORDS],
		 struct err *err)
{
	struct undo_line line = { .kind = kind };
	struct search others = { .ours = self, .like = &line };

	for (int i = 0; i < VERB_WORDS && undo_lines[kind].words[i] != WORD_NONE; i++) {
		if (!words[i] || !verb_word_fits(undo_lines[kind].words[i], words[i]))
			return err_set(err, -EINVAL,
				       "what is there now cannot be noted: %s \"%.64s\"",
				       undo_lines[kind].name, words[i] ? words[i] : "");
		strcpy(line.words[i], words[i]);
	}
	if (find(self, &line))
		return 0;
	int all = lock_all(err);
	if (all < 0)
		return all;
	search(&others);
	int result;
	if (others.found && !is_shareable[kind])
		result = err_set(err, -EBUSY, "%s %s: the machine %s has it (user and name)",
				 undo_lines[kind].name, line.words[0], others.name);
	else
		result = append(self, others.found ? &others.line : &line, err);
	close(all);
	return result;
}
