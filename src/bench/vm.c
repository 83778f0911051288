#include "bench/vm.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "bench/child.h"

#define SERVER_NS (5 * NS_PER_S)
#define MEMORY    "64M"

/* The first line that a command prints, without its end. */
static int ask(const char *command, char *out, size_t length, struct err *err)
{
	FILE *output = popen(command, "re");

	out[0] = '\0';
	if (output && fgets(out, (int)length, output))
		out[strcspn(out, "\n")] = '\0';
	int status = output ? pclose(output) : -1;
	if (status != 0 || out[0] != '/')
		return err_set(err, -ENOENT, "no guest to boot here; \"oriel demo\" says why");
	return 0;
}

static int make_image(struct vm *self, const char *program, struct err *err)
{
	char script[PATH_MAX], init[PATH_MAX], guest[PATH_MAX], command[4 * PATH_MAX];

	if (system("qemu-system-x86_64 --version >/dev/null 2>&1") != 0)
		return err_set(err, -ENOENT, "qemu-system-x86_64 is not installed");
	child_find(script, sizeof(script), NULL, "image.sh");
	child_find(init, sizeof(init), NULL, "oriel-demo-init");
	child_find(guest, sizeof(guest), NULL, program);
	if (access(script, R_OK) < 0 || access(init, X_OK) < 0 || access(guest, X_OK) < 0)
		return err_set(err, -ENOENT, "%s was not built: it has to be static", program);
	snprintf(command, sizeof(command), "ORIEL_INIT='%s' ORIEL_GUEST='%s' sh '%s' pattern '%s'",
		 init, guest, script, self->initrd);
	return ask(command, self->kernel, sizeof(self->kernel), err);
}

static int start_server(struct vm *self, struct err *err)
{
	char program[PATH_MAX];
	char *argv[] = { program,
			 (char *)"shmd",
			 (char *)"--socket",
			 self->socket,
			 (char *)"--size",
			 (char *)MEMORY,
			 (char *)"--vectors",
			 (char *)"1",
			 NULL };
	uint64_t until = clock_ns() + SERVER_NS;

	child_find(program, sizeof(program), NULL, "oriel");
	self->server = child_start(argv, NULL, -1);
	while (access(self->socket, F_OK) < 0) {
		if (clock_ns() > until || !child_alive(self->server))
			return err_set(err, -ENOENT, "%s shmd did not start", program);
		clock_sleep(5 * NS_PER_MS);
	}
	return 0;
}

int vm_init(struct vm *self, const char *program, struct err *err)
{
	*self = (struct vm){ .directory = "/tmp/oriel-bench-XXXXXX" };
	if (!mkdtemp(self->directory))
		return err_set_errno(err, -errno, "mkdtemp");
	snprintf(self->socket, sizeof(self->socket), "%s/socket", self->directory);
	snprintf(self->initrd, sizeof(self->initrd), "%s/initrd", self->directory);
	int result = make_image(self, program, err);
	if (result == 0)
		result = start_server(self, err);
	if (result != 0)
		vm_finish(self);
	return result;
}

int vm_boot(struct vm *self, const char *arguments, struct err *err)
{
	char script[2048];
	char *argv[] = { (char *)"sh", (char *)"-c", script, NULL };
	int length = snprintf(
		script, sizeof(script),
		"exec qemu-system-x86_64 -accel tcg,thread=multi -M q35 -cpu max -m 192 "
		"-nodefaults -no-user-config -display none -serial file:%s/console "
		"-chardev socket,id=oriel-shm,path=%s "
		"-device ivshmem-doorbell,chardev=oriel-shm,vectors=1 "
		"-kernel '%s' -initrd %s -append 'quiet console=ttyS0 tsc=reliable "
		"tsc_early_khz=%u mitigations=off panic=-1 -- oriel-guest %s'",
		self->directory, self->socket, self->kernel, self->initrd, clock_tsc_khz(),
		arguments);

	if (length < 0 || (size_t)length >= sizeof(script))
		return err_set(err, -E2BIG, "too long a command line for the guest");
	child_stop(self->machine);
	self->machine = child_start(argv, NULL, -1);
	return self->machine > 0 ? 0 : err_set_errno(err, -errno, "fork");
}

void vm_complain(const struct vm *self)
{
	char path[64], line[512];

	snprintf(path, sizeof(path), "%s/console", self->directory);
	FILE *file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file))
		fputs(line, stderr);
	if (file)
		fclose(file);
}

void vm_finish(struct vm *self)
{
	static const char *const files[] = { "socket", "socket.lock", "initrd", "console" };
	char path[64];

	child_stop(self->machine);
	child_stop(self->server);
	for (size_t i = 0; self->directory[0] && i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", self->directory, files[i]);
		unlink(path);
	}
	if (self->directory[0])
		rmdir(self->directory);
	*self = (struct vm){ 0 };
}
