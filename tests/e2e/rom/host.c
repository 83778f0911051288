/* Boots a guest with two cards that have firmware, and passes on what it says: its cases are ours.
 */
#include <poll.h>

#include "e2e/guest.h"
#include "unit/vm/rom_make.h"

#define LIFE_S   300
#define QUIET_MS (60 * 1000) /* it has hung then */

static struct guest_machine machine;
static bool finished;

/* $4: the program. */
static const char script[] =
	"exec qemu-system-x86_64 -accel tcg,thread=multi -M q35 -cpu max -smp 2 -m 512 -nodefaults "
	"-no-user-config -display none -no-reboot "
	"-chardev socket,id=console,fd=3 -serial chardev:console "
	"-virtfs local,path=/,mount_tag=host,security_model=none,readonly=on,multidevs=remap "
	"-device edu,addr=a.0,romfile=\"$3/plain\" -device edu,addr=b.0,romfile=\"$3/flash3\" "
	"-kernel \"$1\" -initrd \"$2\" "
	"-append \"quiet console=ttyS0 tsc=reliable mitigations=off panic=-1 -- listener $4 $3\"";

static void hear(const char *line)
{
	bool is_tap = strncmp(line, "ok ", 3) == 0 || strncmp(line, "not ok ", 7) == 0 ||
		      strncmp(line, "1..", 3) == 0 || line[0] == '#';

	if (*line)
		printf("%s%s\n", is_tap ? "" : "# guest: ", line);
	fflush(stdout);
	finished |= strncmp(line, "1..", 3) == 0;
}

static void write_rom(const char *name, GByteArray *bytes)
{
	char path[GUEST_FOLDER_SIZE + 16];

	snprintf(path, sizeof(path), "%s/%s", machine.folder, name);
	CHECK(g_file_set_contents(path, (const char *)bytes->data, bytes->len, NULL));
	g_byte_array_unref(bytes);
}

static void the_guest_speaks(void)
{
	guest_needs_qemu();
	guest_machine_image(&machine, 240);
	write_rom("plain", rom_plain());
	write_rom("flash3", rom_flash(3));
	guest_machine_start(&machine, LIFE_S, script, getenv("ORIEL"), NULL);
	struct pollfd spoken = { machine.console, POLLIN, 0 };
	while (!finished && poll(&spoken, 1, QUIET_MS) == 1 && guest_machine_hear(&machine, hear))
		;
	CHECK(finished);
}

int main(void)
{
	if (guest_make_folder(machine.folder, "rom") != 0)
		return 1;
	int left = setjmp(test_leave);
	if (left == 0)
		the_guest_speaks();
	guest_machine_stop(&machine);
	guest_remove_folder(machine.folder);
	if (left == TEST_SKIPPED)
		printf("1..0 # SKIP %s\n", test_reason);
	if (left == TEST_FAILED)
		printf("Bail out! the guest did not come to its end\n");
	return left == TEST_FAILED;
}
