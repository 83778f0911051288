#include "linux.h"

#include "base/clock.h"
#include "line.h"
#include "rig.h"

#define BOOT_NS (90 * NS_PER_S)

static struct guest_machine image;

void linux_write(const char *machine)
{
	guest_needs_qemu();
	if (!image.kernel[0])
		guest_machine_image(&image, 240);
	g_autofree char *initrd = g_build_filename(image.folder, "initrd", NULL);
	g_autofree char *more = g_strdup_printf(
		"machine: %s\n"
		"qemu: [-kernel, %s, -initrd, %s, -append, 'quiet console=ttyS0 "
		"tsc=reliable tsc_early_khz=%u mitigations=off panic=-1 -- listener']\n",
		machine, image.kernel, initrd, clock_tsc_khz());

	rig_write_of("linux", "384M", more);
}

/* The line keeps nothing for who comes later, so the guest is asked until it answers. */
void linux_call(void)
{
	line_call("linux");
	for (uint64_t until = clock_ns() + BOOT_NS; !line_hears("up: heard ping");
	     g_usleep(200000)) {
		if (clock_ns() > until)
			test_fail("the guest is not there: %s", line_heard());
		line_say("ping\n");
	}
}

int linux_begin(void)
{
	return guest_make_folder(image.folder, "up-image");
}

void linux_end(void)
{
	guest_remove_folder(image.folder);
}
