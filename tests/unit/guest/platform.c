#include "guest/platform.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "test.h"

static void put(const char *root, const char *path, const char *text)
{
	char full[256];
	snprintf(full, sizeof(full), "%s%s", root, path);
	for (char *slash = full + strlen(root) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		mkdir(full, 0700);
		*slash = '/';
	}
	FILE *file = fopen(full, "w");
	CHECK(file != NULL);
	fputs(text, file);
	fclose(file);
}

static void a_whole_machine(void)
{
	char root[] = "/tmp/oriel-platform-XXXXXX";
	CHECK(mkdtemp(root) != NULL);
	put(root, "/sys/class/dmi/id/product_uuid", "01234567-89ab-cdef-0011-2233445566FF\n");
	put(root, "/proc/cpuinfo",
	    "processor\t: 0\nmodel name\t: Fast CPU @ 5 GHz: new\nphysical id\t: 0\n"
	    "cpu cores\t: 4\n\nprocessor\t: 1\nmodel name\t: Fast CPU @ 5 GHz: new\n"
	    "physical id\t: 1\ncpu cores\t: 4\n");
	put(root, "/etc/os-release", "ID=x\nPRETTY_NAME=\"Some Linux 12\"\n");
	struct wire_guest guest = { 0 };
	platform_describe(&guest, root);
	CHECK(guest.has_vm && guest.has_os);
	static const uint8_t uuid[16] = { 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef,
					  0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0xff };
	CHECK(memcmp(guest.uuid, uuid, sizeof(uuid)) == 0);
	CHECK_EQ(guest.cpus, 2);
	CHECK_EQ(guest.sockets, 2);
	CHECK_EQ(guest.cores, 8);
	CHECK_STR(guest.model, "Fast CPU @ 5 GHz: new");
	CHECK_STR(guest.os_name, "Some Linux 12");
	char command[64];
	snprintf(command, sizeof(command), "rm -r %s", root);
	CHECK_EQ(system(command), 0);
}

static void an_empty_one(void)
{
	struct wire_guest guest = { 0 };
	platform_describe(&guest, "/nonexistent");
	CHECK(!guest.has_vm);
	CHECK_EQ(guest.os, WIRE_OS_LINUX);
	CHECK_STR(guest.os_name, "Linux");
}

static const struct test_case cases[] = {
	TEST(a_whole_machine),
	TEST(an_empty_one),
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
