#include "vm/helper/allow.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vm/helper/hooks.h"
#include "vm/helper/place.h"
#include "vm/helper/verbs.h"

#define FOLDER "/etc/oriel"
#define FILE_  "devices"

/* ---- the text ---- */

/* "10de:2684" */
static bool parse_product(const char *text, struct allowed *out)
{
	char vendor[8];
	uint32_t numbers[2];
	const char *colon = strchr(text, ':');

	if (!colon || colon - text != 4 || strlen(colon + 1) != 4)
		return false;
	memcpy(vendor, text, 4);
	vendor[4] = '\0';
	if (!sysfs_parse_hex(vendor, &numbers[0]) || !sysfs_parse_hex(colon + 1, &numbers[1]))
		return false;
	out->vendor = (uint16_t)numbers[0];
	out->product = (uint16_t)numbers[1];
	return true;
}

static bool parse_entry(char *line, struct allowed *out)
{
	char *end, *first = strtok_r(line, " \t", &end);
	char *second = strtok_r(NULL, " \t", &end);

	if (!second || strtok_r(NULL, " \t", &end))
		return false;
	*out = (struct allowed){ 0 };
	if (strcmp(first, "interface") != 0)
		return verb_word_fits(WORD_ADDRESS, first) &&
		       pci_address_parse(first, &out->address) && parse_product(second, out);
	if (!verb_word_fits(WORD_INTERFACE, second))
		return false;
	strcpy(out->interface, second);
	return true;
}

/* A line without its comment; false where it is longer than any can be. */
static bool take_line(const char **text, char *out, size_t size)
{
	size_t length = strcspn(*text, "\n"), meant = strcspn(*text, "#\n");

	if (meant >= size)
		return false;
	memcpy(out, *text, meant);
	out[meant] = '\0';
	*text += length + ((*text)[length] == '\n');
	return true;
}

int allow_parse(struct allow *out, const char *text, unsigned *line)
{
	struct allow found = { 0 };
	char entry[256];

	for (*line = 1; *text; (*line)++) {
		if (!take_line(&text, entry, sizeof(entry)))
			return -EINVAL;
		if (strspn(entry, " \t\r") == strlen(entry))
			continue;
		if (found.count == ALLOW_MOST || !parse_entry(entry, &found.entries[found.count]))
			return -EINVAL;
		found.count++;
	}
	*out = found;
	return 0;
}

/* ---- the file ---- */

static int check_owner(int fd, mode_t kind, const char *what, struct err *err)
{
	struct stat status;

	if (fstat(fd, &status) != 0)
		return err_set_errno(err, -errno, "%s", what);
	if ((status.st_mode & S_IFMT) != kind)
		return err_set(err, -EPERM, "%s is not a %s", what,
			       kind == S_IFDIR ? "folder" : "file");
	if (status.st_uid != hook_owner() || status.st_mode & (S_IWGRP | S_IWOTH))
		return err_set(err, -EPERM,
			       "%s is not believed: it must belong to root, and nobody else may "
			       "write there (chown root: %s; chmod go-w %s)",
			       what, what, what);
	return 0;
}

static int open_folder(struct err *err)
{
	char path[PLACE_LENGTH];

	place(path, FOLDER);
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return err_set_errno(err, -errno, "%s", path);
	int result = check_owner(fd, S_IFDIR, FOLDER, err);
	if (result == 0)
		return fd;
	close(fd);
	return result;
}

static int read_file(int folder, char text[ALLOW_BYTES], struct err *err)
{
	/* A pipe there must not stop us. */
	int fd = openat(folder, FILE_, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return err_set_errno(err, -errno, FOLDER "/" FILE_);
	int result = check_owner(fd, S_IFREG, FOLDER "/" FILE_, err);
	ssize_t got = result == 0 ? read(fd, text, ALLOW_BYTES) : 0;
	close(fd);
	if (result == 0 && (got < 0 || got == ALLOW_BYTES || memchr(text, '\0', (size_t)got)))
		result = err_set(err, -EINVAL, FOLDER "/" FILE_ ": too long, or not a text");
	if (result == 0)
		text[got] = '\0';
	return result;
}

int allow_load(struct allow *out, struct err *err)
{
	char text[ALLOW_BYTES];
	unsigned line;
	int folder = open_folder(err);
	int result = folder < 0 ? folder : read_file(folder, text, err);

	if (folder >= 0)
		close(folder);
	if (result == -ENOENT) {
		*out = (struct allow){ 0 };
		return 0;
	}
	if (result == 0 && allow_parse(out, text, &line) != 0)
		result = err_set(err, -EINVAL,
				 FOLDER "/" FILE_ ":%u: not understood (0000:01:00.0 10de:2684, or "
					"interface eth0), so nothing in it counts",
				 line);
	return result;
}

static bool is_same(const struct allowed *a, const struct allowed *b)
{
	return strcmp(a->interface, b->interface) == 0 && a->address.domain == b->address.domain &&
	       a->address.bus == b->address.bus && a->address.device == b->address.device &&
	       a->address.function == b->address.function;
}

static const struct allowed *find(const struct allow *self, const struct allowed *wanted)
{
	for (unsigned i = 0; i < self->count; i++)
		if (is_same(&self->entries[i], wanted))
			return &self->entries[i];
	return NULL;
}

const struct allowed *allow_device(const struct allow *self, const char *address)
{
	struct allowed wanted = { 0 };

	return pci_address_parse(address, &wanted.address) ? find(self, &wanted) : NULL;
}

bool allow_interface(const struct allow *self, const char *name)
{
	struct allowed wanted = { 0 };

	if (!verb_word_fits(WORD_INTERFACE, name))
		return false;
	strcpy(wanted.interface, name);
	return find(self, &wanted);
}

/* ---- changing it ---- */

static void write_entry(FILE *file, const struct allowed *entry)
{
	char address[PCI_ADDRESS_LENGTH];

	if (entry->interface[0]) {
		fprintf(file, "interface %s\n", entry->interface);
		return;
	}
	pci_address_format(&entry->address, address);
	fprintf(file, "%s %04x:%04x\n", address, entry->vendor, entry->product);
}

static int write_file(int folder, const struct allow *self, const struct allowed *without)
{
	int fd = openat(folder, FILE_ ".new", O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
			0644);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "w");

	if (!file)
		return -errno;
	fprintf(file, "# What oriel may hand to machines: `oriel gpu allow` writes this.\n");
	for (unsigned i = 0; i < self->count; i++)
		if (!without || !is_same(&self->entries[i], without))
			write_entry(file, &self->entries[i]);
	int result = fflush(file) || fchmod(fd, 0644) || fsync(fd) ? -errno : 0;
	if (fclose(file) != 0 && result == 0)
		result = -errno;
	if (result == 0 && renameat(folder, FILE_ ".new", folder, FILE_) != 0)
		result = -errno;
	return result;
}

int allow_change(const struct allowed *entry, bool add, struct err *err)
{
	struct allow allow;
	char path[PLACE_LENGTH];
	int folder, result;

	place(path, FOLDER);
	if (mkdir(path, 0755) == 0 && chmod(path, 0755) != 0)
		return err_set_errno(err, -errno, "%s", path);
	if ((folder = open_folder(err)) < 0)
		return folder;
	result = allow_load(&allow, err);
	struct allowed *known = (struct allowed *)find(&allow, entry);
	if (result == 0 && add && !known && allow.count == ALLOW_MOST)
		result = err_set(err, -ENOSPC, FOLDER "/" FILE_ " has no room for more");
	if (result == 0 && add)
		*(known ? known : &allow.entries[allow.count++]) = *entry;
	if (result == 0 && (result = write_file(folder, &allow, add ? NULL : entry)) != 0)
		err_set_errno(err, result, FOLDER "/" FILE_);
	close(folder);
	return result;
}
