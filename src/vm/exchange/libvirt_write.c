/* The machine around the devices. libvirt's formatdomain page says what each element is. */
#include <stdarg.h>
#include <string.h>

#include "vm/exchange/libvirt_part.h"

/* ---- for the parts ---- */

void libvirt_note(struct libvirt *self, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	g_ptr_array_add(self->notes, g_strdup_vprintf(format, args));
	va_end(args);
}

void libvirt_argument(struct libvirt *self, const char *name, const char *value, ...)
{
	va_list args;

	va_start(args, value);
	g_ptr_array_add(self->arguments, g_strdup(name));
	g_ptr_array_add(self->arguments, g_strdup_vprintf(value, args));
	va_end(args);
}

/* libvirt fills PCI's slots from 1 on, and those from 0x1b on for the chipset's. */
#define FIRST_SLOT 0x10u

unsigned libvirt_slot(struct libvirt *self)
{
	return FIRST_SLOT + self->slots++;
}

void libvirt_device(struct libvirt *self, const char *device, ...)
{
	bool q35 = self->vm->machine.chipset == VM_Q35;
	va_list args;

	va_start(args, device);
	g_autofree char *value = g_strdup_vprintf(device, args);
	va_end(args);
	libvirt_argument(self, "-device", "%s,bus=%s.0,addr=0x%x", value, q35 ? "pcie" : "pci",
			 libvirt_slot(self));
}

static bool has_part(const char *value, const char *part)
{
	const char *at = value ? strstr(value, part) : NULL;

	return at && (at == value || at[-1] == ',');
}

const char *libvirt_planned(const struct libvirt *self, const char *name, const char *part)
{
	for (unsigned i = 0; i < self->plan->options->len; i++) {
		const struct plan_option *option = self->plan->options->pdata[i];
		if (strcmp(option->name, name) == 0 && has_part(option->value, part))
			return option->value;
	}
	return NULL;
}

char *libvirt_key(const char *option, const char *key)
{
	g_auto(GStrv) parts = g_strsplit(option, ",", -1);
	g_autofree char *prefix = g_strconcat(key, "=", NULL);

	for (char **part = parts; *part; part++)
		if (g_str_has_prefix(*part, prefix))
			return g_strdup(*part + strlen(prefix));
	return NULL;
}

/* ---- identity ---- */

static void add_identity(struct libvirt *self)
{
	static const char *const systems[] = { [VM_WINDOWS11] = "http://microsoft.com/win/11",
					       [VM_WINDOWS10] = "http://microsoft.com/win/10",
					       [VM_OTHER] = NULL };
	const char *system = systems[self->vm->os];

	xml_line(&self->xml, "<name>%s</name>", self->vm->name);
	xml_line(&self->xml, "<uuid>%s</uuid>", libvirt_planned(self, "-uuid", ""));
	if (self->vm->description)
		xml_line(&self->xml, "<description>%s</description>", self->vm->description);
	if (!system)
		return;
	xml_open(&self->xml, "metadata");
	xml_open_with(&self->xml, "libosinfo:libosinfo", "xmlns:libosinfo='%s'",
		      "http://libosinfo.org/xmlns/libvirt/domain/1.0");
	xml_line(&self->xml, "<libosinfo:os id='%s'/>", system);
	xml_close(&self->xml);
	xml_close(&self->xml);
}

/* ---- memory and processors ---- */

static void add_memory(struct libvirt *self)
{
	const struct vm_memory *memory = &self->vm->memory;
	const char *page = memory->hugepages == VM_PAGES_1G ? "1" : "2";

	xml_line(&self->xml, "<memory unit='MiB'>%" G_GUINT64_FORMAT "</memory>",
		 memory->size >> 20);
	xml_open(&self->xml, "memoryBacking");
	if (memory->hugepages != VM_PAGES_NORMAL)
		xml_line(&self->xml, "<hugepages><page size='%s' unit='%s'/></hugepages>", page,
			 memory->hugepages == VM_PAGES_1G ? "GiB" : "MiB");
	if (memory->locked)
		xml_line(&self->xml, "<locked/>");
	xml_line(&self->xml, "<source type='memfd'/>");
	xml_line(&self->xml, "<access mode='shared'/>");
	xml_close(&self->xml);
}

static int next_cpu(const struct vm_cpus *cpus, int after)
{
	for (int i = after + 1; i < VM_CPUS_MAX; i++)
		if (cpus->bits[i / 64] >> i % 64 & 1)
			return i;
	return -1;
}

static char *list_cpus(const struct vm_cpus *cpus)
{
	GString *out = g_string_new(NULL);

	for (int i = next_cpu(cpus, -1); i >= 0; i = next_cpu(cpus, i))
		g_string_append_printf(out, "%s%d", out->len ? "," : "", i);
	return g_string_free(out, FALSE);
}

static void add_pinning(struct libvirt *self)
{
	const struct vm_cpu *cpu = &self->vm->cpu;
	g_autofree char *emulator = list_cpus(&cpu->emulator);
	int at = next_cpu(&cpu->pin, -1);

	if (at < 0 && !*emulator)
		return;
	xml_open(&self->xml, "cputune");
	for (int i = 0; at >= 0; at = next_cpu(&cpu->pin, at))
		xml_line(&self->xml, "<vcpupin vcpu='%d' cpuset='%d'/>", i++, at);
	if (*emulator)
		xml_line(&self->xml, "<emulatorpin cpuset='%s'/>", emulator);
	xml_close(&self->xml);
}

static bool has_iothread(const struct libvirt *self)
{
	for (unsigned i = 0; i < self->vm->disks->len; i++)
		if (((const struct vm_disk *)self->vm->disks->pdata[i])->bus == VM_VIRTIO)
			return true;
	return false;
}

static void add_processors(struct libvirt *self)
{
	const struct vm_cpu *cpu = &self->vm->cpu;

	xml_line(&self->xml, "<vcpu placement='static'>%d</vcpu>",
		 cpu->sockets * cpu->cores * cpu->threads);
	if (has_iothread(self))
		xml_line(&self->xml, "<iothreads>1</iothreads>");
	add_pinning(self);
}

/* The plan's model is "host", "max" or a name, then features. */
static void add_model(struct libvirt *self)
{
	const struct vm_cpu *cpu = &self->vm->cpu;
	bool host = strcmp(cpu->model, "host") == 0;
	const char *planned = libvirt_planned(self, "-cpu", "");

	if (host && self->facts->kvm)
		xml_open_with(&self->xml, "cpu", "mode='maximum'");
	else if (host)
		xml_open_with(&self->xml, "cpu",
			      "mode='host-passthrough' check='none' migratable='off'");
	else
		xml_open_with(&self->xml, "cpu", "mode='custom' match='exact' check='none'");
	if (!host)
		xml_line(&self->xml, "<model fallback='forbid'>%s</model>", cpu->model);
	xml_line(&self->xml, "<topology sockets='%d' dies='1' cores='%d' threads='%d'/>",
		 cpu->sockets, cpu->cores, cpu->threads);
	if (has_part(planned, "topoext=on") &&
	    !g_strv_contains((const char *const *)cpu->flags, "+topoext"))
		xml_line(&self->xml, "<feature policy='require' name='topoext'/>");
	for (char **flag = cpu->flags; *flag; flag++)
		xml_line(&self->xml, "<feature policy='%s' name='%s'/>",
			 **flag == '+' ? "require" : "disable", *flag + 1);
	xml_close(&self->xml);
}

/* ---- what Windows is told of its hypervisor ---- */

/* libvirt's names of the plan's flags. */
static const struct {
	const char *flag, *name;
} enlightenments[] = {
	{ "hv_relaxed", "relaxed" },
	{ "hv_vapic", "vapic" },
	{ "hv_vpindex", "vpindex" },
	{ "hv_runtime", "runtime" },
	{ "hv_synic", "synic" },
	{ "hv_reset", "reset" },
	{ "hv_frequencies", "frequencies" },
	{ "hv_tlbflush", "tlbflush" },
	{ "hv_ipi", "ipi" },
	{ "hv_reenlightenment", "reenlightenment" },
};

static void add_hyperv(struct libvirt *self)
{
	const char *planned = libvirt_planned(self, "-cpu", "");

	if (!strstr(planned, "hv_"))
		return;
	xml_open_with(&self->xml, "hyperv", "mode='custom'");
	for (size_t i = 0; i < G_N_ELEMENTS(enlightenments); i++)
		if (has_part(planned, enlightenments[i].flag))
			xml_line(&self->xml, "<%s state='on'/>", enlightenments[i].name);
	if (has_part(planned, "hv_spinlocks"))
		xml_line(&self->xml, "<spinlocks state='on' retries='8191'/>");
	if (has_part(planned, "hv_stimer"))
		xml_line(&self->xml, "<stimer state='on'><direct state='on'/></stimer>");
	if (self->vm->cpu.vendor_id)
		xml_line(&self->xml, "<vendor_id state='on' value='%s'/>", self->vm->cpu.vendor_id);
	xml_close(&self->xml);
}

static void add_features(struct libvirt *self)
{
	xml_open(&self->xml, "features");
	xml_line(&self->xml, "<acpi/>");
	xml_line(&self->xml, "<apic/>");
	add_hyperv(self);
	if (self->vm->cpu.hide_kvm)
		xml_line(&self->xml, "<kvm><hidden state='on'/></kvm>");
	xml_line(&self->xml, "<vmport state='off'/>");
	if (libvirt_planned(self, "-machine", "kernel_irqchip=on"))
		xml_line(&self->xml, "<ioapic driver='kvm'/>");
	if (libvirt_planned(self, "-machine", "smm=on"))
		xml_line(&self->xml, "<smm state='on'/>");
	xml_close(&self->xml);
}

static void add_clock(struct libvirt *self)
{
	bool local = libvirt_planned(self, "-rtc", "base=localtime");

	xml_open_with(&self->xml, "clock", "offset='%s'", local ? "localtime" : "utc");
	xml_line(&self->xml, "<timer name='rtc' tickpolicy='catchup'/>");
	xml_line(&self->xml, "<timer name='hpet' present='no'/>");
	if (has_part(libvirt_planned(self, "-cpu", ""), "hv_time"))
		xml_line(&self->xml, "<timer name='hypervclock' present='yes'/>");
	xml_close(&self->xml);
}

/* ---- firmware ---- */

/* libvirt looks through the same descriptors as the plan did. */
static void add_firmware(struct libvirt *self)
{
	bool secure = plan_firmware(self->vm) == VM_UEFI_SECURE;
	bool bios = plan_firmware(self->vm) == VM_BIOS;

	if (bios)
		xml_open(&self->xml, "os");
	else
		xml_open_with(&self->xml, "os", "firmware='efi'");
	xml_line(&self->xml, "<type arch='x86_64' machine='%s'>hvm</type>",
		 self->vm->machine.chipset == VM_Q35 ? "q35" : "pc");
	if (!bios) {
		xml_open(&self->xml, "firmware");
		xml_line(&self->xml, "<feature enabled='%s' name='enrolled-keys'/>",
			 secure ? "yes" : "no");
		xml_line(&self->xml, "<feature enabled='%s' name='secure-boot'/>",
			 secure ? "yes" : "no");
		xml_close(&self->xml);
		libvirt_note(self, "libvirt keeps firmware settings of its own: the guest's boot "
				   "entries start anew");
	}
	if (self->vm->machine.boot_menu)
		xml_line(&self->xml, "<bootmenu enable='yes' timeout='5000'/>");
	xml_close(&self->xml);
}

/* ---- all of it ---- */

static void add_arguments(struct libvirt *self)
{
	for (char **word = self->vm->qemu; *word; word++)
		g_ptr_array_add(self->arguments, g_strdup(*word));
	if (self->arguments->len == 0)
		return;
	xml_open(&self->xml, "qemu:commandline");
	for (unsigned i = 0; i < self->arguments->len; i++)
		xml_line(&self->xml, "<qemu:arg value='%s'/>",
			 (const char *)self->arguments->pdata[i]);
	xml_close(&self->xml);
}

static void tell_the_rest(struct libvirt *self)
{
	const struct vm_hooks *hooks = &self->vm->hooks;

	if (hooks->before_start->len || hooks->after_start->len || hooks->after_stop->len)
		libvirt_note(self, "hooks: libvirt runs its own from /etc/libvirt/hooks, as root; "
				   "these were left out");
	if (self->vm->qemu[0])
		libvirt_note(self, "qemu: went through QEMU's command line as they are");
	for (unsigned i = 0; i < self->vm->disks->len; i++) {
		const struct vm_disk *disk = self->vm->disks->pdata[i];
		if (disk->size)
			libvirt_note(self,
				     "disks[%u]: libvirt creates no image; oriel plan says how %s "
				     "is made",
				     i, disk->file);
	}
}

char *libvirt_write(const struct vm *vm, const struct plan *plan, const struct facts *facts,
		    enum libvirt_whose whose, GPtrArray *notes)
{
	struct libvirt self = {
		.vm = vm, .plan = plan, .facts = facts, .whose = whose, .notes = notes
	};

	xml_init(&self.xml);
	self.arguments = g_ptr_array_new_with_free_func(g_free);
	xml_open_with(&self.xml, "domain", "type='%s' xmlns:qemu='%s'", facts->kvm ? "qemu" : "kvm",
		      "http://libvirt.org/schemas/domain/qemu/1.0");
	add_identity(&self);
	add_memory(&self);
	add_processors(&self);
	add_firmware(&self);
	add_features(&self);
	add_model(&self);
	add_clock(&self);
	xml_open(&self.xml, "devices");
	xml_line(&self.xml, "<emulator>%s</emulator>", facts->qemu);
	libvirt_storage(&self);
	libvirt_networks(&self);
	libvirt_devices(&self);
	xml_close(&self.xml);
	add_arguments(&self);
	tell_the_rest(&self);
	g_ptr_array_unref(self.arguments);
	return xml_finish(&self.xml);
}
