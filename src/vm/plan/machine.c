/* Chipset, firmware, TPM, clock, memory: what is there before any device. */
#include <gio/gio.h>
#include <string.h>

#include "vm/plan/build.h"
#include "vm/words.h"

/* ---- identity ---- */

char *plan_uuid(const char *text)
{
	g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA1);
	uint8_t d[20];
	gsize size = sizeof(d);

	g_checksum_update(sum, (const guchar *)"oriel ", -1);
	g_checksum_update(sum, (const guchar *)text, -1);
	g_checksum_get_digest(sum, d, &size);
	d[6] = (uint8_t)((d[6] & 0x0f) | 0x50);
	d[8] = (uint8_t)((d[8] & 0x3f) | 0x80);
	return g_strdup_printf(
		"%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", d[0], d[1],
		d[2], d[3], d[4], d[5], d[6], d[7], d[8], d[9], d[10], d[11], d[12], d[13], d[14],
		d[15]);
}

/* Of its name: two machines on one network differ. */
char *plan_machine_uuid(const struct vm *vm)
{
	g_autofree char *text = g_strdup_printf("machine %s", vm->name);

	return vm->uuid ? g_strdup(vm->uuid) : plan_uuid(text);
}

static void add_identity(struct plan *self, const struct vm *vm)
{
	g_autofree char *uuid = plan_machine_uuid(vm);

	plan_optionf(self, "its name, also of its threads", "-name", "guest=%s,debug-threads=on",
		     vm->name);
	plan_option(self, vm->uuid ? "as the file says" : "made of its name", "-uuid", uuid);
	plan_option(self, "nothing that nobody asked for", "-nodefaults", NULL);
	plan_option(self, "and nothing from QEMU's own files", "-no-user-config", NULL);
}

/* ---- firmware ---- */

static bool fits(const struct facts_firmware *firmware, enum vm_firmware wanted)
{
	return wanted == VM_UEFI_SECURE ? firmware->secure && firmware->enrolled
					: !firmware->secure;
}

static const struct facts_firmware *find_firmware(const struct facts *facts,
						  enum vm_firmware wanted)
{
	for (unsigned i = 0; i < facts->firmwares->len; i++)
		if (fits(facts->firmwares->pdata[i], wanted))
			return facts->firmwares->pdata[i];
	return NULL;
}

static gboolean add_firmware(struct plan *self, const struct vm *vm, const struct facts *facts,
			     GError **error)
{
	enum vm_firmware wanted = plan_firmware(vm);
	const struct facts_firmware *firmware = find_firmware(facts, wanted);

	if (wanted == VM_BIOS)
		return TRUE; /* QEMU's own */
	if (!firmware) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
			    "there is no UEFI firmware%s for %s; install OVMF (Debian: ovmf, "
			    "Fedora: edk2-ovmf)",
			    wanted == VM_UEFI_SECURE ? " with Secure Boot and its keys" : "",
			    vm->name);
		return FALSE;
	}
	g_autofree char *keeps = g_build_filename(facts->state, vm->name, NULL);
	/* Each kind has its own: with the keys in them any firmware would insist on signatures. */
	g_autofree char *vars = g_build_filename(
		keeps, firmware->secure ? "firmware-variables-secure" : "firmware-variables", NULL);
	g_autofree char *code = words_for_qemu(firmware->code), *quoted = words_for_qemu(vars);
	plan_step(self, STEP_FOLDER, keeps, NULL, "for what the machine keeps");
	plan_step(self, STEP_COPY, vars, PLAN_WORDS(firmware->vars),
		  "the firmware's settings, of this machine alone");
	if (firmware->smm)
		plan_option(self, "only the firmware itself may change its settings", "-global",
			    "driver=cfi.pflash01,property=secure,value=on");
	plan_optionf(self, "UEFI", "-drive", "if=pflash,unit=0,format=raw,readonly=on,file=%s",
		     code);
	plan_optionf(self, "and its settings", "-drive", "if=pflash,unit=1,format=%s,file=%s",
		     firmware->vars_format ? firmware->vars_format : "raw", quoted);
	return TRUE;
}

/* ---- TPM ---- */

static gboolean add_tpm(struct plan *self, const struct vm *vm, const struct facts *facts,
			GError **error)
{
	if (!plan_has_tpm(vm))
		return TRUE;
	if (!facts->swtpm) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
			    "%s has a TPM, but there is no swtpm; install it, or say tpm: no",
			    vm->name);
		return FALSE;
	}
	g_autofree char *keeps = g_build_filename(facts->state, vm->name, "tpm", NULL);
	g_autofree char *socket = plan_file(self, "tpm"), *quoted = words_for_qemu(socket);
	g_autofree char *state = g_strdup_printf("dir=%s", keeps);
	g_autofree char *control = g_strdup_printf("type=unixio,path=%s", socket);
	plan_step(self, STEP_FOLDER, keeps, NULL, "for what the TPM keeps");
	plan_step(self, STEP_SERVE, socket,
		  PLAN_WORDS(facts->swtpm, "socket", "--tpm2", "--tpmstate", state, "--ctrl",
			     control, "--terminate"),
		  "the TPM");
	plan_optionf(self, "the way to the TPM", "-chardev", "socket,id=tpm,path=%s", quoted);
	plan_option(self, "TPM 2.0", "-tpmdev", "emulator,id=tpm0,chardev=tpm");
	plan_option(self, "and its interface", "-device", "tpm-crb,tpmdev=tpm0");
	return TRUE;
}

/* ---- the rest of the board ---- */

static void add_board(struct plan *self, const struct vm *vm, const struct facts *facts)
{
	bool q35 = vm->machine.chipset == VM_Q35;
	bool smm = q35 && plan_firmware(vm) == VM_UEFI_SECURE;

	plan_optionf(self, q35 ? "PCI Express" : "as the file says", "-machine",
		     "%s,memory-backend=ram,vmport=off,dump-guest-core=off,hpet=off%s%s%s",
		     q35 ? "q35" : "pc", q35 ? "" : ",usb=off", smm ? ",smm=on" : "",
		     plan_has_device(vm) && !facts->kvm ? ",kernel_irqchip=on" : "");
	if (facts->kvm)
		plan_note(self,
			  "there is no KVM (%s): the guest is emulated, 10 to 50 times "
			  "slower",
			  facts->kvm);
	plan_option(self, facts->kvm ? facts->kvm : "at the processor's own speed", "-accel",
		    facts->kvm ? "tcg,thread=multi" : "kvm");
	if (vm->machine.boot_menu)
		plan_option(self, "asks what to boot from", "-boot", "menu=on,splash-time=5000");
}

static void add_clock(struct plan *self, const struct vm *vm)
{
	bool local = vm->machine.clock == VM_CLOCK_LOCAL ||
		     (vm->machine.clock == VM_CLOCK_AUTO && plan_is_windows(vm));

	plan_optionf(self, local ? "Windows keeps local time" : "Linux keeps UTC", "-rtc",
		     "base=%s,driftfix=slew", local ? "localtime" : "utc");
}

/* All of it may be used by the guest, and devices of this computer keep it from being swapped. */
static gboolean check_memory(const struct vm *vm, const struct facts *facts, GError **error)
{
	if (!facts->memory || vm->memory.size <= facts->memory)
		return TRUE;
	g_autofree char *wanted = words_for_size(vm->memory.size);
	g_autofree char *there = words_for_size(facts->memory);
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_NO_SPACE,
		    "memory: %s, but this computer has %s in all; take less", wanted, there);
	return FALSE;
}

static void add_memory(struct plan *self, const struct vm *vm)
{
	static const char *const pages[] = {
		[VM_PAGES_NORMAL] = "",
		[VM_PAGES_2M] = ",hugetlb=on,hugetlbsize=2M,prealloc=on",
		[VM_PAGES_1G] = ",hugetlb=on,hugetlbsize=1G,prealloc=on",
	};
	uint64_t mib = vm->memory.size >> 20;

	plan_optionf(self, "its memory", "-m", "%" G_GUINT64_FORMAT, mib);
	plan_optionf(self, "where it comes from: shareable, as virtiofs and vhost need it",
		     "-object",
		     "memory-backend-memfd,id=ram,size=%" G_GUINT64_FORMAT "M,share=on%s", mib,
		     pages[vm->memory.hugepages]);
	if (vm->memory.locked)
		plan_option(self, "never swapped out", "-overcommit", "mem-lock=on");
}

gboolean plan_machine(struct plan *self, const struct vm *vm, const struct facts *facts,
		      GError **error)
{
	if (!check_memory(vm, facts, error))
		return FALSE;
	add_identity(self, vm);
	add_board(self, vm, facts);
	add_memory(self, vm);
	add_clock(self, vm);
	return add_firmware(self, vm, facts, error) && add_tpm(self, vm, facts, error);
}
