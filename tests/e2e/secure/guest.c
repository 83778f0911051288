/* In the guest: what its firmware, its kernel and its TPM say of how it was started. Then it ends.
 *
 *	secure: SecureBoot 1     a variable of the firmware; also SetupMode
 *	secure: kernel LINE      of its log, about this
 *	secure: lockdown TEXT    what the kernel forbids root, as it writes it
 *	secure: TPM 2            the kind of TPM
 *	secure: PCR7 HEX         of how is checked; PCR4: of what was started
 *	secure: resets 1         that the TPM has counted
 *	secure: variable new     one of ours, which is left there; later: kept
 *	secure: end
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/mount.h>
#include <termios.h>
#include <unistd.h>

#define VARIABLES "/sys/firmware/efi/efivars"
#define GLOBAL    "8be4df61-93ca-11d2-aa0d-00e098032b8c"
#define OURS      VARIABLES "/OrielTest-6f1d2c5e-3c4e-4d6a-9f6b-0a1c2d3e4f50"

enum { READ_ALL = 3, LOG_MAX = 1 << 18 }; /* syslog(2) */

/* Never more than fits, with an end. */
static void read_file(const char *path, char *out, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? 0 : read(fd, out, size - 1);

	out[got < 0 ? 0 : got] = '\0';
	if (fd >= 0)
		close(fd);
}

static void tell_file(const char *what, const char *path)
{
	char text[256];

	read_file(path, text, sizeof(text));
	text[strcspn(text, "\n")] = '\0';
	printf("secure: %s %s\n", what, text);
}

/* Behind four bytes of attributes. */
static void tell_variable(const char *name)
{
	char path[128], bytes[16] = "";

	snprintf(path, sizeof(path), VARIABLES "/%s-" GLOBAL, name);
	read_file(path, bytes, sizeof(bytes));
	if (access(path, F_OK) == 0)
		printf("secure: %s %d\n", name, bytes[4]);
	else
		printf("secure: %s absent\n", name);
}

static void tell_log(void)
{
	char *text = calloc(1, LOG_MAX + 1), *rest = text;

	klogctl(READ_ALL, text, LOG_MAX);
	for (char *line; (line = strsep(&rest, "\n"));)
		if (strstr(line, "ecure boot"))
			printf("secure: kernel %s\n", line);
	free(text);
}

/* TPM2_ReadClock: how often it was reset is told behind a header of 10 bytes and two clocks. */
static void tell_resets(void)
{
	static const uint8_t ask[] = { 0x80, 0x01, 0, 0, 0, 10, 0, 0, 0x01, 0x81 };
	uint8_t answer[64] = { 0 };
	uint32_t resets;
	int tpm = open("/dev/tpm0", O_RDWR | O_CLOEXEC);

	if (tpm >= 0 && write(tpm, ask, sizeof(ask)) == sizeof(ask) &&
	    read(tpm, answer, sizeof(answer)) >= 10 + 16 + 4) {
		memcpy(&resets, answer + 10 + 16, sizeof(resets));
		printf("secure: resets %u\n", (unsigned)ntohl(resets));
	}
	close(tpm);
}

/* Kept without power, there for who boots and for who runs. */
static void keep_variable(void)
{
	static const char bytes[] = { 7, 0, 0, 0, 'k' };
	int fd = open(OURS, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0)
		printf("secure: variable %s\n", access(OURS, F_OK) == 0 ? "kept" : "refused");
	else
		printf("secure: variable %s\n",
		       write(fd, bytes, sizeof(bytes)) == sizeof(bytes) ? "new" : "not written");
	close(fd);
}

int main(void)
{
	mount("variables", VARIABLES, "efivarfs", 0, NULL);
	mount("security", "/sys/kernel/security", "securityfs", 0, NULL);
	printf("\nsecure: begin\n");
	tell_variable("SecureBoot");
	tell_variable("SetupMode");
	tell_log();
	tell_file("lockdown", "/sys/kernel/security/lockdown");
	tell_file("TPM", "/sys/class/tpm/tpm0/tpm_version_major");
	tell_file("PCR7", "/sys/class/tpm/tpm0/pcr-sha256/7");
	tell_file("PCR4", "/sys/class/tpm/tpm0/pcr-sha256/4");
	tell_resets();
	keep_variable();
	printf("secure: end\n");
	tcdrain(STDOUT_FILENO);
	return 0;
}
