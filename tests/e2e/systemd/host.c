/* Boots a computer with systemd, polkit and a user's own service manager out of this one's files.
 */
#include <unistd.h>

#include "e2e/reporter.h"
#include "e2e/vfio/devices.h"

#define LIFE_S  1800
#define QUIET_S 400

/* An IOMMU, and one display, which is all that there is. $4: the script that begins; $5: our
 * `oriel`. ONLY=CASE,CASE is for who mends one. */
static const char script[] = REPORTER_QEMU("2048") REPORTER_FILES REPORTER_KERNEL
	"-device intel-iommu,intremap=on,caching-mode=on,aw-bits=48 -vga std "
	"-append \"" DEVICES_KERNEL "vga=0x317 tsc_early_khz=$KHZ -- become listener $4 $5 $ONLY\"";

static const struct {
	const char *path, *package;
} needed[] = {
	{ "/lib/systemd/systemd", "systemd" }, { "/lib/systemd/systemd-udevd", "udev" },
	{ "/usr/bin/dbus-daemon", "dbus" },    { "/usr/bin/pkexec", "pkexec" },
	{ "/usr/bin/pkttyagent", "polkitd" },  { "/usr/bin/script", "bsdutils" },
	{ "/usr/bin/setpriv", "util-linux" },  { "/usr/bin/perl", "perl-base" },
	{ "/usr/bin/swtpm", "swtpm" },
};

int main(void)
{
	struct reporter reporter = { .name = "systemd",
				     .life_s = LIFE_S,
				     .quiet_s = QUIET_S,
				     .script = script,
				     .fourth = getenv("PREPARE"),
				     .fifth = getenv("ORIEL") };
	static char why[80];

	snprintf(why, sizeof(why), "%u", clock_tsc_khz());
	setenv("KHZ", why,
	       1); /* under load its own guess would be far off, and with it its clock */
	if (!getenv("ORIEL_LONG"))
		return reporter_skip("ORIEL_LONG is not set");
	for (size_t i = 0; i < ARRAY_LEN(needed); i++) {
		snprintf(why, sizeof(why), "%s is not installed", needed[i].package);
		if (access(needed[i].path, X_OK) != 0)
			return reporter_skip(why);
	}
	return reporter_run(&reporter);
}
