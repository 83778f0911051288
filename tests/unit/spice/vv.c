#include <glib/gstdio.h>
#include <string.h>

#include "spice/vv.h"
#include "test.h"

#define HEAD "[virt-viewer]\ntype=spice\n"

static void take(struct vv *out, const char *text)
{
	g_autoptr(GError) error = NULL;

	if (!vv_parse(out, text, strlen(text), &error))
		test_fail("%s", error->message);
}

static void refuses(const char *text, const char *why)
{
	g_autoptr(GError) error = NULL;
	struct vv vv;

	if (vv_parse(&vv, text, strlen(text), &error))
		test_fail("takes \"%s\"", text);
	CHECK_CONTAINS(error->message, why);
}

static void all_of_a_console(void)
{
	struct vv vv;

	take(&vv,
	     HEAD "host=10.0.0.7\nport=-1\ntls-port=61000\npassword=d0n't\n"
		  "delete-this-file=1\nhost-subject=OU=Node,O=Office,CN=a.example\n"
		  "title=win11 (7)\nproxy=http://a.example:3128\nsecure-attention=ctrl+alt+end\n"
		  "ca=-----BEGIN CERTIFICATE-----\\nMII\\n-----END CERTIFICATE-----\\n\n");
	CHECK_STR(vv.address.host, "10.0.0.7");
	CHECK(!vv.address.port && !vv.address.path);
	CHECK_STR(vv.address.tls_port, "61000");
	CHECK_STR(vv.address.proxy, "http://a.example:3128");
	CHECK_STR(vv.password, "d0n't");
	CHECK_STR(vv.subject, "OU=Node,O=Office,CN=a.example");
	CHECK_STR(vv.title, "win11 (7)");
	CHECK_STR(vv.ca, "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n");
	CHECK(vv.once);
	vv_clear(&vv);
}

static void little_is_enough(void)
{
	struct vv vv;

	take(&vv, HEAD "host=vm\nport=5900\npassword=\n");
	CHECK_STR(vv.address.port, "5900");
	CHECK(!vv.address.tls_port && !vv.password && !vv.title && !vv.ca && !vv.subject);
	CHECK(!vv.once);
	vv_clear(&vv);
}

static void others_are_refused(void)
{
	refuses("", "lines KEY=VALUE");
	refuses("\x7f"
		"ELF",
		"lines KEY=VALUE");
	refuses("[spice]\ntype=spice\n", "type=spice is missing");
	refuses("[virt-viewer]\ntype=vnc\nhost=vm\nport=5900\n", "another one");
	refuses(HEAD "port=5900\n", "host= is missing");
	refuses(HEAD "host=vm\nport=-1\n", "port= and tls-port= are missing");
	refuses(HEAD "host=vm\nport=65536\n", "from 1 to 65535");
	refuses(HEAD "host=vm\nport=none\n", "from 1 to 65535");
}

static void large_ones_are_refused(void)
{
	g_autofree char *filling = g_strnfill(VV_MAX, '#');
	g_autofree char *text = g_strconcat(HEAD "host=vm\nport=1\n", filling, NULL);

	refuses(text, "too large");
}

/* A file that was not understood may be wanted for something else. */
static void it_is_deleted_when_it_says_so(void)
{
	static const struct {
		const char *text;
		bool read, kept;
	} files[] = {
		{ HEAD "host=vm\nport=1\n", true, true },
		{ HEAD "host=vm\nport=1\ndelete-this-file=0\n", true, true },
		{ HEAD "host=vm\nport=1\ndelete-this-file=1\n", true, false },
		{ HEAD "delete-this-file=1\n", false, true },
	};
	g_autofree char *folder = g_dir_make_tmp("oriel-vv-XXXXXX", NULL);
	g_autofree char *path = g_build_filename(folder, "console.vv", NULL);

	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		g_autoptr(GError) error = NULL;
		struct vv vv = { .once = FALSE };

		CHECK(g_file_set_contents(path, files[i].text, -1, NULL));
		CHECK_EQ(vv_read(&vv, path, &error), files[i].read);
		CHECK_EQ(g_file_test(path, G_FILE_TEST_EXISTS), files[i].kept);
		if (error)
			CHECK_CONTAINS(error->message, "console.vv: ");
		vv_clear(&vv);
		g_unlink(path);
	}
	g_rmdir(folder);
}

static void a_file_that_is_not_there_is_said(void)
{
	g_autoptr(GError) error = NULL;
	struct vv vv;

	CHECK(!vv_read(&vv, "/nonexistent/console.vv", &error));
	CHECK_CONTAINS(error->message, "/nonexistent/console.vv: ");
	g_clear_error(&error);
	CHECK(!vv_read(&vv, "/dev/zero", &error));
	CHECK_CONTAINS(error->message, "too large");
}

static const struct test_case cases[] = {
	TEST(all_of_a_console),
	TEST(little_is_enough),
	TEST(others_are_refused),
	TEST(large_ones_are_refused),
	TEST(it_is_deleted_when_it_says_so),
	TEST(a_file_that_is_not_there_is_said),
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
