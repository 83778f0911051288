/* Windows 11: what Microsoft publishes as its system requirements, and what a machine has of it. */
#include <string.h>

#include "vm/init/init.h"
#include "vm/plan/plan.h"

struct asked {
	const struct vm *vm;
	const struct facts *facts;
	const struct host_size *size;
};

enum answer { ANSWER_YES, ANSWER_NO, ANSWER_UNKNOWN };

static enum answer judge(bool good)
{
	return good ? ANSWER_YES : ANSWER_NO;
}

static enum answer check_cores(const struct asked *asked, GString *given)
{
	int cores = asked->vm->cpu.sockets * asked->vm->cpu.cores;

	g_string_printf(given, "%d cores, x86-64", cores);
	return judge(cores >= 2);
}

static enum answer check_clock(const struct asked *asked, GString *given)
{
	if (!asked->size->mhz) {
		g_string_assign(given, "this computer does not tell");
		return ANSWER_UNKNOWN;
	}
	g_string_printf(given, "%.1f GHz, this computer's", asked->size->mhz / 1000.0);
	return judge(asked->size->mhz >= 1000);
}

static enum answer check_model(const struct asked *asked, GString *given)
{
	bool host = strcmp(asked->vm->cpu.model, "host") == 0 && !asked->facts->kvm;

	g_string_assign(given, host ? "this computer's own; its list decides" : "emulated");
	return ANSWER_UNKNOWN;
}

static enum answer check_memory(const struct asked *asked, GString *given)
{
	g_string_printf(given, "%.1f GiB", (double)asked->vm->memory.size / (1 << 30));
	return judge(asked->vm->memory.size >= UINT64_C(4) << 30);
}

static enum answer check_disk(const struct asked *asked, GString *given)
{
	const struct vm_disk *disk = asked->vm->disks->len ? asked->vm->disks->pdata[0] : NULL;

	if (!disk || !disk->size) {
		g_string_assign(given, disk ? disk->file : "none");
		return disk ? ANSWER_UNKNOWN : ANSWER_NO;
	}
	g_string_printf(given, "%.0f GiB", (double)disk->size / (1 << 30));
	return judge(disk->size >= UINT64_C(64) << 30);
}

static bool has_firmware(const struct facts *facts)
{
	for (unsigned i = 0; i < facts->firmwares->len; i++) {
		const struct facts_firmware *firmware = facts->firmwares->pdata[i];
		if (firmware->secure && firmware->enrolled)
			return true;
	}
	return false;
}

static enum answer check_firmware(const struct asked *asked, GString *given)
{
	bool wanted = plan_firmware(asked->vm) == VM_UEFI_SECURE;
	bool there = has_firmware(asked->facts);

	g_string_assign(given, !wanted ? "switched off in the file"
			       : there ? "UEFI, Secure Boot with the usual keys"
				       : "not here: install OVMF (Debian: ovmf)");
	return judge(wanted && there);
}

static enum answer check_tpm(const struct asked *asked, GString *given)
{
	bool wanted = plan_has_tpm(asked->vm);

	g_string_assign(given, !wanted               ? "switched off in the file"
			       : asked->facts->swtpm ? "TPM 2.0, by swtpm"
						     : "not here: install swtpm");
	return judge(wanted && asked->facts->swtpm);
}

static enum answer check_graphics(const struct asked *asked, GString *given)
{
	bool gpu = asked->vm->gpus->len > 0;

	g_string_assign(given,
			gpu ? "the GPU's" : "an emulated card: it installs, games do not run");
	return gpu ? ANSWER_YES : ANSWER_UNKNOWN;
}

static const struct {
	const char *asked;
	enum answer (*check)(const struct asked *asked, GString *given);
} rows[] = {
	{ "2 cores, 64 bit", check_cores },
	{ "1 GHz", check_clock },
	{ "a processor of its list", check_model },
	{ "4 GB memory", check_memory },
	{ "64 GB disk", check_disk },
	{ "UEFI with Secure Boot", check_firmware },
	{ "TPM 2.0", check_tpm },
	{ "DirectX 12, WDDM 2.0", check_graphics },
};

char *init_requirements(const struct vm *vm, const struct facts *facts,
			const struct host_size *size, unsigned *lacking)
{
	static const char *const words[] = { "yes", "NO", "?" };
	const struct asked asked = { vm, facts, size };
	GString *out = g_string_new(NULL);
	unsigned missing = 0;

	g_string_append_printf(out, "%-25s %-5s%s\n", "Windows 11 asks for", "", "it has");
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(GString) given = g_string_new(NULL);
		enum answer answer = rows[i].check(&asked, given);
		missing += answer == ANSWER_NO;
		g_string_append_printf(out, "%-25s %-5s%s\n", rows[i].asked, words[answer],
				       given->str);
	}
	*lacking = missing;
	return g_string_free(out, FALSE);
}
