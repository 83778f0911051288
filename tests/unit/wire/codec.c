/* The parsers alone, and the size that a screen needs. */
#include "test.h"

#include "wire/frame.h"
#include "wire/size.h"
#include "wire/udata.h"
#include "wire/wire.h"

static uint8_t blob[WIRE_UDATA_MAX];
static struct wire_guest guest;
static uint32_t version;

static size_t head(void)
{
	memset(blob, 0, sizeof(blob));
	memcpy(blob, "KVMFR---", 8);
	blob[8] = 20;
	memcpy(blob + 12, "B7", 3);
	return 48;
}

static size_t record(size_t at, uint8_t type, const void *body, uint32_t size)
{
	blob[at] = type;
	memcpy(blob + at + 4, &size, 4);
	memcpy(blob + at + 8, body, size);
	return at + 8 + size;
}

static void the_shortest_blob_is_a_guest(void)
{
	size_t size = head();
	CHECK_EQ(wire_udata_read(blob, size, &guest, &version), 0);
	CHECK_EQ(version, 20);
	CHECK_STR(guest.host_version, "B7");
	CHECK(!guest.has_vm && !guest.has_os);
	CHECK_EQ(wire_udata_read(blob, size - 1, &guest, &version), WIRE_E_BAD);
}

static void records_are_packed_without_alignment(void)
{
	uint8_t vm[51 + 4] = { 9 };
	memcpy(vm + 16, "DXGI", 5);
	vm[48] = 16;
	vm[49] = 8;
	vm[50] = 2;
	memcpy(vm + 51, "CPU", 4);
	size_t size = record(head(), 99, "abc", 3); /* unknown, and odd */
	size = record(size, 1, vm, sizeof(vm));
	size = record(size, 2, "\3Windows 11", 12);
	CHECK_EQ(wire_udata_read(blob, size, &guest, &version), 0);
	CHECK(guest.has_vm && guest.has_os);
	CHECK_EQ(guest.uuid[0], 9);
	CHECK_STR(guest.capture, "DXGI");
	CHECK_EQ(guest.cpus, 16);
	CHECK_EQ(guest.cores, 8);
	CHECK_EQ(guest.sockets, 2);
	CHECK_STR(guest.model, "CPU");
	CHECK_EQ(guest.os, WIRE_OS_WINDOWS);
	CHECK_STR(guest.os_name, "Windows 11");
}

static void records_that_are_cut_end_the_list(void)
{
	size_t size = record(head(), 2, "\3Windows 11", 12);
	size_t whole = size;
	size = record(size, 1, blob, 60);
	for (size_t cut = 48; cut < whole; cut++) {
		CHECK_EQ(wire_udata_read(blob, cut, &guest, &version), 0);
		CHECK(!guest.has_os);
	}
	for (size_t cut = whole; cut < size; cut++) {
		CHECK_EQ(wire_udata_read(blob, cut, &guest, &version), 0);
		CHECK(guest.has_os && !guest.has_vm);
	}
	size = record(head(), 1, "short", 5); /* too short for what it claims to be */
	CHECK_EQ(wire_udata_read(blob, size, &guest, &version), 0);
	CHECK(!guest.has_vm);
}

static void texts_are_made_printable_and_ended(void)
{
	uint8_t os[300];
	memset(os, 'A', sizeof(os));
	os[0] = 200;
	os[1] = 27;
	os[2] = 0xff;
	os[3] = '\n';
	memset(blob + 12, 'x', 32);
	size_t size = record(head(), 2, os, sizeof(os));
	memset(blob + 12, 'x', 32);
	CHECK_EQ(wire_udata_read(blob, size, &guest, &version), 0);
	CHECK_EQ(strlen(guest.host_version), 31);
	CHECK_EQ(strlen(guest.os_name), sizeof(guest.os_name) - 1);
	CHECK(memcmp(guest.os_name, "???AAA", 6) == 0);
	CHECK_EQ(guest.os, WIRE_OS_OTHER);
}

static void versions_and_magics_that_differ_are_refused(void)
{
	size_t size = head();
	blob[8] = 19;
	CHECK_EQ(wire_udata_read(blob, size, &guest, &version), WIRE_E_BAD);
	CHECK_EQ(version, 19);
	size = head();
	blob[7] = 0;
	CHECK_EQ(wire_udata_read(blob, size, &guest, &version), WIRE_E_BAD);
}

static void the_longest_texts_survive_the_way(void)
{
	struct wire_guest full = { .has_vm = true, .has_os = true, .os = WIRE_OS_BSD };
	memset(full.model, 'm', sizeof(full.model));
	memset(full.os_name, 'o', sizeof(full.os_name));
	memset(full.capture, 'c', sizeof(full.capture));
	memset(full.host_version, 'h', sizeof(full.host_version));
	size_t size = wire_udata_write(&full, blob);
	CHECK_EQ(size, 48 + 8 + 51 + 128 + 8 + 1 + 128);
	CHECK_EQ(wire_udata_read(blob, size, &guest, &version), 0);
	CHECK_EQ(strlen(guest.model), 127);
	CHECK_EQ(strlen(guest.os_name), 127);
	CHECK_EQ(strlen(guest.capture), 31);
	CHECK_EQ(strlen(guest.host_version), 31);
	CHECK_EQ(guest.os, WIRE_OS_BSD);
}

static void sizes_are_those_of_the_specification(void)
{
	static const struct {
		uint32_t width, height, bytes, mib;
	} table[] = {
		{ 1280, 720, 4, 32 },   { 1920, 1080, 4, 64 },  { 2560, 1440, 4, 64 },
		{ 3440, 1440, 4, 128 }, { 3840, 2160, 4, 256 }, { 1920, 1080, 8, 128 },
	};
	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		CHECK_EQ(wire_region_size(table[i].width, table[i].height, table[i].bytes),
			 (uint64_t)table[i].mib << 20);
	CHECK_EQ(wire_region_size(0, 1080, 4), 0);
	CHECK_EQ(wire_region_size(1920, 0, 4), 0);
	CHECK_EQ(wire_region_size(32768, 1080, 4), 0);
	CHECK_EQ(wire_region_size(1920, 32768, 4), 0);
	CHECK_EQ(wire_region_size(1920, 1080, 0), 0);
	CHECK(wire_region_size(32767, 32767, 8) > 1ull << 32);
}

static const struct test_case cases[] = {
	TEST(the_shortest_blob_is_a_guest),
	TEST(records_are_packed_without_alignment),
	TEST(records_that_are_cut_end_the_list),
	TEST(texts_are_made_printable_and_ended),
	TEST(versions_and_magics_that_differ_are_refused),
	TEST(the_longest_texts_survive_the_way),
	TEST(sizes_are_those_of_the_specification),
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
