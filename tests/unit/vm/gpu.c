/* GPUs as people and programs read of them. */
#include <glib.h>
#include <json-glib/json-glib.h>

#include "sysroot.h"
#include "test.h"
#include "vm/gpu/gpu.h"
#include "vm/host/allowed.h"
#include "vm/host/devices.h"
#include "vm/plan/devices.h"

static const char *const ids = "# a comment\n"
			       "1002  Advanced Micro Devices, Inc. [AMD/ATI]\n"
			       "\t73bf  Navi 21 [Radeon RX 6800/6800 XT / 6900 XT]\n"
			       "10de  NVIDIA Corporation\n"
			       "\t2684  AD102 [GeForce RTX 4090]\n"
			       "\t\t1043 889a  A board\n"
			       "\t22ba  AD102 High Definition Audio Controller\n"
			       "8086  Intel Corporation\n"
			       "\t4680  AlderLake-S GT1\n";

static const char *const computer =
	"pci 0000:00:02.0 class=0x030000 id=8086:4680 driver=i915 group=0 boot_vga=1 "
	"sriov_totalvfs=7 sriov_numvfs=1 sriov_offset=1 sriov_stride=1\n"
	"output card0 DP-1 connected\n"
	"output card0 DP-2 disconnected\n"
	"mdev i915-GVTg_V5_4 free=2 name=Four description='low: 1\\nhigh: 2'\n"
	"pci 0000:00:02.1 class=0x030000 id=8086:4680 group=20 physfn=0000:00:02.0\n"
	"pci 0000:01:00.0 class=0x030000 id=10de:2684 driver=nvidia group=14\n"
	"pci 0000:01:00.1 class=0x040300 id=10de:22ba driver=snd_hda_intel group=14\n"
	"pci 0000:02:00.0 class=0x0c0330 id=1b21:2142 group=14\n"
	"pci 0000:03:00.0 class=0x030000 id=1002:73bf driver=amdgpu group=15\n"
	"pci 0000:04:00.0 class=0x010802 id=144d:a80a driver=nvme group=15\n"
	"file /etc/oriel/devices '# written by oriel\\n0000:01:00.0 10de:2684\\n'\n";

static struct {
	char *root, *allowed;
	struct names *names;
	struct facts facts;
	struct gpu_view view;
} rig;

static void begin(void)
{
	rig.root = sysroot_make(computer);
	g_autofree char *folder = g_build_filename(rig.root, "usr/share/hwdata", NULL);
	g_autofree char *file = g_build_filename(folder, "pci.ids", NULL);
	CHECK_EQ(g_mkdir_with_parents(folder, 0755), 0);
	CHECK(g_file_set_contents(file, ids, -1, NULL));
	rig.facts.devices = host_devices(rig.root);
	rig.names = names_load(rig.root);
	rig.allowed = allowed_load(rig.root);
	rig.view = (struct gpu_view){ &rig.facts, rig.names, rig.allowed };
}

static void end(void)
{
	g_ptr_array_unref(rig.facts.devices);
	names_free(rig.names);
	g_free(rig.allowed);
	sysroot_remove(rig.root);
}

static const struct facts_device *at(const char *text)
{
	struct pci_address address;

	CHECK(pci_address_parse(text, &address));
	return device_at(&rig.facts, &address);
}

static void fits_a_terminal(const char *text)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	for (char **line = lines; *line; line++)
		if (g_utf8_strlen(*line, -1) > 80 || g_str_has_suffix(*line, " "))
			test_fail("wider than 80 columns, or ends with a space: \"%s\"", *line);
}

/* ---- names ---- */

static void called(uint16_t vendor, uint16_t product, const char *name)
{
	g_autofree char *text = names_in(ids, vendor, product);

	CHECK_STR(text, name);
}

static void names_are_short(void)
{
	called(0x10de, 0x2684, "NVIDIA GeForce RTX 4090");
	called(0x10de, 0x22ba, "NVIDIA AD102 High Definition Audio Controller");
	called(0x8086, 0x4680, "Intel AlderLake-S GT1");
	called(0x1002, 0x73bf, "AMD/ATI Radeon RX 6800/6800 XT / 6900 XT");
}

static void what_has_no_name_has_numbers(void)
{
	called(0x10de, 0x889a, "NVIDIA 889a");
	called(0x10de, 0x4680, "NVIDIA 4680"); /* Intel's */
	called(0x1234, 0x1111, "1234:1111");
	struct names *none = names_load("/nowhere");
	g_autofree char *text = names_of(none, 0x10de, 0x2684);
	CHECK_STR(text, "10de:2684");
	names_free(none);
}

/* ---- for people ---- */

static void table_says_what_each_is_good_for(void)
{
	begin();
	g_autoptr(GPtrArray) all = gpu_all(&rig.facts);
	g_autofree char *text = gpu_table(&rig.view, all);
	CHECK_EQ(all->len, 3);
	fits_a_terminal(text);
	CHECK_CONTAINS(text, "\n0000:00:02.0  Intel AlderLake-S GT1 ");
	CHECK_CONTAINS(text, " i915       0, alone     1 of 2\n  passthrough   no: shows your");
	CHECK_CONTAINS(text, "\n  single        no: has virtual functions");
	CHECK_CONTAINS(text, "\n  sriov         yes: 7 virtual functions, of which 1 are there\n");
	CHECK_CONTAINS(text, "\n  mdev          yes: i915-GVTg_V5_4 (Four) 2 free\n");
	CHECK_CONTAINS(text, "NVIDIA GeForce RTX 4090 ");
	CHECK_CONTAINS(text, "\n  passthrough   yes: with 0000:01:00.1 (snd_hda_intel)\n");
	CHECK_CONTAINS(text, "AMD/ATI Radeon RX 6800/6800 XT .. amdgpu     15, shared   -\n");
	CHECK_CONTAINS(text, "shares IOMMU group 15 with 0000:04:00.0 (nvme)");
	CHECK_CONTAINS(text, "\n  allowed       not yet\n\n0000:01:00.0 ");
	CHECK_CONTAINS(text, "\n  allowed       yes\n\n0000:03:00.0 ");
	CHECK_CONTAINS(text, "\nNext: in the machine's file\n"
			     "gpus: { mode: passthrough, device: '0000:01:00.0' }\n");
	end();
}

static void table_says_what_to_do_next(void)
{
	begin();
	g_autoptr(GPtrArray) all = gpu_all(&rig.facts);
	rig.view.allowed = "";
	g_autofree char *text = gpu_table(&rig.view, all);
	CHECK_CONTAINS(text, "\nNext: oriel gpu allow 0000:01:00.0, and in the machine's file\n");
	g_ptr_array_set_size(all, 1);
	struct facts_type *type = ((struct facts_device *)all->pdata[0])->types->pdata[0];
	type->free = 0;
	g_autofree char *full = gpu_table(&rig.view, all);
	fits_a_terminal(full);
	CHECK_CONTAINS(full, "mdev          yes: but others have all of them now: i915");
	g_ptr_array_set_size(all, 0);
	g_ptr_array_add(all, (gpointer)at("03:00.0"));
	g_autofree char *none = gpu_table(&rig.view, all);
	CHECK_CONTAINS(none, "\nNone of them is for a guest as things are; oriel doctor");
	fits_a_terminal(none);
	end();
}

static void computers_without_a_gpu_say_so(void)
{
	begin();
	g_autoptr(GPtrArray) none = g_ptr_array_new();
	g_autofree char *text = gpu_table(&rig.view, none);
	CHECK_STR(text, "This computer has no GPU on PCI.\n");
	end();
}

static void details_say_all(void)
{
	begin();
	g_autofree char *text = gpu_details(&rig.view, at("00:02.0"));
	fits_a_terminal(text);
	CHECK_CONTAINS(text, "1 connected, 2 possible; the firmware showed itself there; so\n");
	CHECK_CONTAINS(text, "VFs           0000:00:02.1 (8086:4680, no driver)\n");
	CHECK_CONTAINS(text, "i915-GVTg_V5_4: 2 free, Four, low: 1 high: 2\n");
	CHECK_CONTAINS(text, "allowed       not yet");
	g_autofree char *other = gpu_details(&rig.view, at("01:00.0"));
	CHECK_CONTAINS(other, "allowed       yes");
	CHECK_CONTAINS(other, "IOMMU group   14, with 0000:01:00.1 (snd_hda_intel), "
			      "0000:02:00.0 (no");
	g_autofree char *part = gpu_details(&rig.view, at("00:02.1"));
	CHECK_CONTAINS(part, "part of       0000:00:02.0\n");
	end();
}

/* Opening a group opens all of it, but nobody takes the computer's own disk by allowing a GPU. */
static void whole_is_slot_and_what_nobody_uses(void)
{
	begin();
	g_autoptr(GPtrArray) whole = gpu_whole(&rig.facts, at("01:00.0"));
	CHECK_EQ(whole->len, 3);
	CHECK(whole->pdata[0] == at("01:00.0") && whole->pdata[1] == at("01:00.1") &&
	      whole->pdata[2] == at("02:00.0"));
	g_autoptr(GPtrArray) alone = gpu_whole(&rig.facts, at("03:00.0"));
	CHECK_EQ(alone->len, 1);
	end();
}

static void allowed_is_by_whole_addresses(void)
{
	struct pci_address address = { 0, 1, 0, 0 };

	CHECK(allowed_has("0000:01:00.0 10de:2684\n", &address));
	CHECK(allowed_has("interface eth0\n0000:01:00.0", &address));
	CHECK(!allowed_has("# 0000:01:00.0 10de:2684\n0000:01:00.1 10de:22ba\n", &address));
	CHECK(!allowed_has("0000:01:00.0f\n", &address));
	CHECK(!allowed_has("", &address));
}

/* ---- for programs ---- */

static void json_is_well_formed(void)
{
	begin();
	g_autoptr(JsonParser) parser = json_parser_new();
	g_autoptr(GPtrArray) all = gpu_all(&rig.facts);
	g_autofree char *text = gpu_json(&rig.view, all);
	CHECK(json_parser_load_from_data(parser, text, -1, NULL));
	JsonArray *array = json_node_get_array(json_parser_get_root(parser));
	CHECK_EQ(json_array_get_length(array), 3);
	JsonObject *nvidia = json_array_get_object_element(array, 1);
	CHECK_STR(json_object_get_string_member(nvidia, "address"), "0000:01:00.0");
	CHECK_EQ(json_object_get_int_member(nvidia, "group"), 14);
	CHECK(json_object_get_boolean_member(nvidia, "allowed"));
	CHECK(json_object_get_null_member(nvidia, "node"));
	JsonObject *modes = json_object_get_object_member(nvidia, "modes");
	CHECK_EQ(json_object_get_size(modes), 5);
	JsonObject *sriov = json_object_get_object_member(modes, "sriov");
	CHECK(!json_object_get_boolean_member(sriov, "fit"));
	CHECK_CONTAINS(json_object_get_string_member(sriov, "why"), "no virtual functions");
	end();
}

static const struct test_case cases[] = {
	TEST(names_are_short),
	TEST(what_has_no_name_has_numbers),
	TEST(table_says_what_each_is_good_for),
	TEST(table_says_what_to_do_next),
	TEST(computers_without_a_gpu_say_so),
	TEST(details_say_all),
	TEST(whole_is_slot_and_what_nobody_uses),
	TEST(allowed_is_by_whole_addresses),
	TEST(json_is_well_formed),
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
