#include "bench/box.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "bench/child.h"

#define START_NS   (10 * NS_PER_S)
#define ROM_BYTES  0x10000
#define ROM_START  0xfff0 /* where a processor begins */
#define LINE_BYTES 2048   /* of a line to QEMU, before its end */

/* ---- words with QEMU ---- */

static int say(struct box *self, const char *line, size_t length)
{
	while (length > 0) {
		ssize_t sent = send(self->qtest, line, length, MSG_NOSIGNAL);
		if (sent < 0)
			return -errno;
		line += sent;
		length -= (size_t)sent;
	}
	return 0;
}

/* "OK", or "OK 0x12" */
static int hear(struct box *self, uint32_t *out)
{
	size_t length = 0;

	do {
		ssize_t got = recv(self->qtest, self->answer + length,
				   sizeof(self->answer) - 1 - length, 0);
		if (got <= 0)
			return got < 0 ? -errno : -ECONNRESET;
		length += (size_t)got;
	} while (self->answer[length - 1] != '\n' && length + 1 < sizeof(self->answer));
	self->answer[length] = '\0';
	if (strncmp(self->answer, "OK", 2) != 0)
		return -EPROTO;
	if (out)
		*out = (uint32_t)strtoull(self->answer + 2, NULL, 0);
	return 0;
}

static int order(struct box *self, const char *line, size_t length, uint32_t *out)
{
	int result = say(self, line, length);

	return result == 0 ? hear(self, out) : result;
}

/* QEMU names widths by letters. */
static char letter(unsigned bits)
{
	return bits == 8 ? 'b' : bits == 16 ? 'w' : 'l';
}

int box_out(struct box *self, unsigned bits, uint16_t port, uint32_t value)
{
	char line[64];
	int length = snprintf(line, sizeof(line), "out%c 0x%x 0x%x\n", letter(bits), port, value);

	return order(self, line, (size_t)length, NULL);
}

int box_in(struct box *self, unsigned bits, uint16_t port, uint32_t *out)
{
	char line[64];
	int length = snprintf(line, sizeof(line), "in%c 0x%x\n", letter(bits), port);

	return order(self, line, (size_t)length, out);
}

int box_read32(struct box *self, uint64_t address, uint32_t *out)
{
	char line[64];
	int length = snprintf(line, sizeof(line), "readl 0x%" PRIx64 "\n", address);

	return order(self, line, (size_t)length, out);
}

int box_write(struct box *self, uint64_t address, const void *bytes, size_t size)
{
	const uint8_t *from = bytes;
	char line[LINE_BYTES];
	int length = snprintf(line, sizeof(line), "write 0x%" PRIx64 " %zu 0x", address, size);

	if ((size_t)length + 2 * size + 2 > sizeof(line))
		return -EMSGSIZE;
	for (size_t i = 0; i < size; i++)
		length += sprintf(line + length, "%02x", from[i]);
	line[length++] = '\n';
	return order(self, line, (size_t)length, NULL);
}

int box_fill(struct box *self, uint64_t address, size_t size, uint8_t byte)
{
	char line[96];
	int length = snprintf(line, sizeof(line), "memset 0x%" PRIx64 " %zu 0x%x\n", address, size,
			      byte);

	return order(self, line, (size_t)length, NULL);
}

/* ---- its life ---- */

/* Firmware that sleeps, and sleeps again when it is woken. */
static int write_firmware(const char *path)
{
	static const uint8_t sleep[] = { 0xfa, 0xf4, 0xeb, 0xfd }; /* cli; again: hlt; jmp again */
	uint8_t rom[ROM_BYTES] = { 0 };
	FILE *file = fopen(path, "we");

	memcpy(rom + ROM_START, sleep, sizeof(sleep));
	if (!file)
		return -errno;
	size_t written = fwrite(rom, sizeof(rom), 1, file);
	return fclose(file) == 0 && written == 1 ? 0 : -EIO;
}

static pid_t start(const struct box *self, int qtest)
{
	char script[1024];
	char *argv[] = { (char *)"sh", (char *)"-c", script, NULL };

	snprintf(
		script, sizeof(script),
		"exec qemu-system-x86_64 -accel tcg -M q35,pcspk-audiodev=sound -m 64 -nodefaults "
		"-no-user-config -display none -vga qxl -device virtio-mouse-pci -bios %s/firmware "
		"-audiodev spice,id=sound,timer-period=2000 "
		"-spice unix=on,addr=%s,disable-ticketing=on,playback-compression=off "
		"-chardev socket,id=qtest,fd=%d -qtest chardev:qtest -qtest-log none "
		"-msg timestamp=on -trace input_event_rel -D %s",
		self->directory, self->spice, qtest, self->trace);
	return child_start(argv, NULL, -1);
}

static int start_machine(struct box *self, struct err *err)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0)
		return err_set_errno(err, -errno, "socketpair");
	fcntl(ends[0], F_SETFD, FD_CLOEXEC);
	self->qtest = ends[0];
	self->machine = start(self, ends[1]);
	close(ends[1]);
	for (uint64_t until = clock_ns() + START_NS; access(self->spice, F_OK) < 0;) {
		if (clock_ns() > until || !child_alive(self->machine))
			return err_set(err, -ENOENT,
				       "qemu-system-x86_64 with QXL and SPICE did not start; are "
				       "it and its modules installed?");
		clock_sleep(5 * NS_PER_MS);
	}
	uint32_t any;
	int result = box_in(self, 32, 0xcfc, &any);
	return result == 0 ? 0 : err_set(err, result, "QEMU does not answer its qtest");
}

int box_init(struct box *self, struct err *err)
{
	char path[64];

	*self = (struct box){ .directory = "/tmp/oriel-bench-XXXXXX", .qtest = -1 };
	if (!mkdtemp(self->directory))
		return err_set_errno(err, -errno, "mkdtemp");
	snprintf(self->spice, sizeof(self->spice), "%s/spice", self->directory);
	snprintf(self->trace, sizeof(self->trace), "%s/trace", self->directory);
	snprintf(path, sizeof(path), "%s/firmware", self->directory);
	int result = write_firmware(path);
	if (result < 0)
		err_set_errno(err, result, "%s", path);
	else
		result = start_machine(self, err);
	if (result < 0)
		box_finish(self);
	return result;
}

void box_finish(struct box *self)
{
	static const char *const files[] = { "spice", "trace", "firmware" };
	char path[64];

	child_stop(self->machine);
	if (self->qtest >= 0)
		close(self->qtest);
	for (size_t i = 0; self->directory[0] && i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", self->directory, files[i]);
		unlink(path);
	}
	if (self->directory[0])
		rmdir(self->directory);
	*self = (struct box){ .qtest = -1 };
}
