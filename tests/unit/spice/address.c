#include "spice/address.h"

#include "test.h"

static const struct {
	const char *text;
	struct {
		const char *path, *host, *port, *tls_port;
	} wanted;
} good[] = {
	{ "/run/vm.sock", { .path = "/run/vm.sock" } },
	{ "spice+unix:///run/vm.sock", { .path = "/run/vm.sock" } },
	{ "vm.example:5900", { .host = "vm.example", .port = "5900" } },
	{ "spice://vm.example:5900", { .host = "vm.example", .port = "5900" } },
	{ "spice://vm.example:5900/", { .host = "vm.example", .port = "5900" } },
	{ "[::1]:5900", { .host = "::1", .port = "5900" } },
	{ "spice+tls://[::1]:5901", { .host = "::1", .tls_port = "5901" } },
	{ "spice://vm?tls-port=5901", { .host = "vm", .tls_port = "5901" } },
	{ "spice://vm:1?tls-port=65535", { .host = "vm", .port = "1", .tls_port = "65535" } },
	{ "spice://vm?port=1&tls-port=2", { .host = "vm", .port = "1", .tls_port = "2" } },
};

static const struct {
	const char *text, *why;
} bad[] = {
	{ "", "no host" },
	{ "vm.example", "no port" },
	{ ":5900", "no host" },
	{ "vm:0", "1 to 65535" },
	{ "vm:65536", "1 to 65535" },
	{ "vm:x", "1 to 65535" },
	{ "vm:", "1 to 65535" },
	{ "::1:5900", "stands in [ ]" },
	{ "[::1:5900", "no ]" },
	{ "[::1]5900", "can follow ]" },
	{ "vnc://vm:5900", "no such scheme" },
	{ "relative.sock", "no port" },
	{ "spice+unix://relative", "no port" },
	{ "spice://vm?port=1&colour=2", "only port=" },
	{ "spice://vm?port=1&password=tiger", "does not belong there" },
};

static void check_text(const char *got, const char *wanted)
{
	CHECK_STR(got ? got : "none", wanted ? wanted : "none");
}

static void addresses_are_read(void)
{
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		struct address got;
		g_autoptr(GError) error = NULL;

		if (!address_parse(&got, good[i].text, &error))
			test_fail("%s: %s", good[i].text, error->message);
		check_text(got.path, good[i].wanted.path);
		check_text(got.host, good[i].wanted.host);
		check_text(got.port, good[i].wanted.port);
		check_text(got.tls_port, good[i].wanted.tls_port);
		address_clear(&got);
	}
}

static void others_are_refused_with_the_reason(void)
{
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct address got = { .path = (char *)"untouched" };
		g_autoptr(GError) error = NULL;

		if (address_parse(&got, bad[i].text, &error))
			test_fail("\"%s\" was taken", bad[i].text);
		CHECK_CONTAINS(error->message, bad[i].why);
		CHECK_CONTAINS(error->message, "write a socket's path");
		CHECK_STR(got.path, "untouched");
	}
}

static void passwords_are_not_repeated(void)
{
	struct address got;
	g_autoptr(GError) error = NULL;

	CHECK(!address_parse(&got, "spice://vm:1?password=tiger", &error));
	CHECK(!strstr(error->message, "tiger"));
}

static const struct test_case cases[] = {
	TEST(addresses_are_read),
	TEST(others_are_refused_with_the_reason),
	TEST(passwords_are_not_repeated),
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
