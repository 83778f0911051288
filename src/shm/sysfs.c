#include "shm/sysfs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define DEVICES "/sys/bus/pci/devices/"

static int digit_value(char c)
{
	static const char digits[] = "0123456789abcdef";
	char lower = c >= 'A' && c <= 'F' ? (char)(c - 'A' + 'a') : c;
	const char *at = c ? strchr(digits, lower) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* One to `most` digits followed by `end`, which is eaten unless it is NUL. */
static bool eat_hex(const char **text, int most, char end, uint32_t *out)
{
	const char *at = *text;
	uint32_t value = 0;

	for (int digit; at - *text < most && (digit = digit_value(*at)) >= 0; at++)
		value = value << 4 | (uint32_t)digit;
	if (at == *text || *at != end)
		return false;
	*text = at + (end != '\0');
	*out = value;
	return true;
}

bool pci_address_parse(const char *text, struct pci_address *out)
{
	uint32_t domain = 0, bus, device, function;
	size_t prefix = strlen(DEVICES);
	const char *at = strncmp(text, DEVICES, prefix) == 0 ? text + prefix : text;
	bool has_domain = strchr(at, ':') != strrchr(at, ':');

	if (has_domain && !eat_hex(&at, 8, ':', &domain))
		return false;
	if (!eat_hex(&at, 2, ':', &bus) || !eat_hex(&at, 2, '.', &device) ||
	    !eat_hex(&at, 1, '\0', &function) || device > 31 || function > 7)
		return false;
	*out = (struct pci_address){ domain, (uint8_t)bus, (uint8_t)device, (uint8_t)function };
	return true;
}

void pci_address_format(const struct pci_address *self, char out[PCI_ADDRESS_LENGTH])
{
	snprintf(out, PCI_ADDRESS_LENGTH, "%04x:%02x:%02x.%x", self->domain, self->bus,
		 self->device, self->function);
}

bool sysfs_parse_hex(const char *text, uint32_t *out)
{
	const char *at = strncmp(text, "0x", 2) == 0 ? text + 2 : text;
	char end = strchr(at, '\n') ? '\n' : '\0';
	uint32_t value;

	if (!eat_hex(&at, 8, end, &value) || *at != '\0')
		return false;
	*out = value;
	return true;
}

static int open_in(const char *directory, const char *name, int flags)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/%s", directory, name) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	int fd = open(path, flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int sysfs_read(const char *directory, const char *name, char *out, size_t length)
{
	int fd = open_in(directory, name, O_RDONLY);

	if (fd < 0)
		return fd;
	ssize_t got = read(fd, out, length - 1);
	int failed = errno;
	close(fd);
	if (got < 0)
		return -failed;
	out[got] = '\0';
	return (int)got;
}

int sysfs_write(const char *directory, const char *name, const char *text)
{
	int fd = open_in(directory, name, O_WRONLY);

	if (fd < 0)
		return fd;
	int result = write(fd, text, strlen(text)) < 0 ? -errno : 0;
	close(fd);
	return result;
}

int sysfs_link(const char *directory, const char *name, char *out, size_t length)
{
	char path[PATH_MAX], target[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/%s", directory, name) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	ssize_t got = readlink(path, target, sizeof(target) - 1);
	if (got < 0)
		return -errno;
	target[got] = '\0';
	const char *slash = strrchr(target, '/');
	snprintf(out, length, "%s", slash ? slash + 1 : target);
	return 0;
}
