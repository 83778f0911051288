/* Boots a guest with two cards that have firmware. */
#include "e2e/reporter.h"
#include "unit/vm/rom_make.h"

/* $4: the program. */
static const char script[] = REPORTER_QEMU("512") REPORTER_FILES
	"-device edu,addr=a.0,romfile=\"$3/plain\" "
	"-device edu,addr=b.0,romfile=\"$3/flash3\" " REPORTER_KERNEL
	"-append \"quiet console=ttyS0 tsc=reliable mitigations=off panic=-1 "
	"-- listener $4 $3\"";

static void write_rom(const struct guest_machine *machine, const char *name, GByteArray *bytes)
{
	char path[GUEST_FOLDER_SIZE + 16];

	snprintf(path, sizeof(path), "%s/%s", machine->folder, name);
	CHECK(g_file_set_contents(path, (const char *)bytes->data, bytes->len, NULL));
	g_byte_array_unref(bytes);
}

static void write_roms(const struct guest_machine *machine)
{
	write_rom(machine, "plain", rom_plain());
	write_rom(machine, "flash3", rom_flash(3));
}

int main(void)
{
	struct reporter reporter = { .name = "rom",
				     .life_s = 300,
				     .quiet_s = 60,
				     .prepare = write_roms,
				     .script = script,
				     .fourth = getenv("ORIEL") };

	return reporter_run(&reporter);
}
