/* Screen, sound, shared memory, hands, and devices of the computer. */
#include <string.h>

#include "vm/exchange/libvirt_part.h"
#include "vm/words.h"

/* ---- the screen ---- */

static void add_video(struct libvirt *self)
{
	static const struct {
		const char *device, *type;
	} cards[] = {
		{ "virtio-vga-gl", "virtio" },
		{ "virtio-vga", "virtio" },
		{ "qxl-vga", "qxl" },
		{ "VGA", "vga" },
	};
	const char *type = "none";

	for (size_t i = 0; i < G_N_ELEMENTS(cards); i++)
		if (libvirt_planned(self, "-device", cards[i].device)) {
			type = cards[i].type;
			break;
		}
	if (libvirt_planned(self, "-device", "virtio-vga-gl"))
		xml_line(&self->xml, "<video><model type='virtio'><acceleration accel3d='yes'/>"
				     "</model></video>");
	else
		xml_line(&self->xml, "<video><model type='%s'/></video>", type);
	if (libvirt_planned(self, "-device", "venus=on"))
		libvirt_note(self, "gpus: libvirt has no venus; this is virgl");
}

static void add_spice(struct libvirt *self)
{
	if (libvirt_planned(self, "-display", "egl-headless"))
		xml_line(&self->xml, "<graphics type='egl-headless'/>");
	if (!self->plan->spice)
		return;
	if (self->whose == LIBVIRT_SESSION)
		xml_open_with(&self->xml, "graphics", "type='spice'");
	else
		xml_open_with(&self->xml, "graphics", "type='spice' autoport='yes'");
	if (self->whose == LIBVIRT_SESSION)
		xml_line(&self->xml, "<listen type='socket' socket='%s'/>", self->plan->spice);
	else
		xml_line(&self->xml, "<listen type='address' address='127.0.0.1'/>");
	xml_line(&self->xml, "<playback compression='off'/>");
	xml_close(&self->xml);
	if (self->whose == LIBVIRT_SYSTEM)
		libvirt_note(self,
			     "display.spice: libvirt's QEMU cannot write to your folder, so "
			     "SPICE listens at 127.0.0.1 without a password: whoever works on "
			     "this computer can connect");
	xml_line(&self->xml, "<channel type='spicevmc'>"
			     "<target type='virtio' name='com.redhat.spice.0'/></channel>");
}

static void add_sound(struct libvirt *self)
{
	bool microphone = libvirt_planned(self, "-device", "hda-micro");

	if (!libvirt_planned(self, "-audiodev", ""))
		return;
	xml_open_with(&self->xml, "sound", "model='ich9'");
	xml_line(&self->xml, "<codec type='%s'/>", microphone ? "micro" : "output");
	xml_line(&self->xml, "<audio id='1'/>");
	xml_close(&self->xml);
	if (self->vm->sound.kind == VM_SOUND_SPICE)
		xml_line(&self->xml, "<audio id='1' type='spice' timerPeriod='2000'/>");
	else
		xml_line(&self->xml, "<audio id='1' type='pipewire'/>");
	if (self->vm->sound.kind == VM_SOUND_PIPEWIRE)
		libvirt_note(self, "sound: type='pipewire' needs libvirt 9.10");
}

/* ---- the shared memory ---- */

/* Knocks need no IOMMU of the guest, which doc/doorbell.md has more of. */
static void add_doorbell(struct libvirt *self)
{
	const char *name = self->vm->name;
	g_autofree char *socket = self->whose == LIBVIRT_SESSION
					  ? g_strdup(self->plan->memory)
					  : g_strdup_printf("/run/oriel/%s.sock", name);
	g_autofree char *quoted = words_for_shell(socket);
	unsigned mib = (unsigned)(plan_memory_size(&self->vm->display) >> 20);

	xml_open_with(&self->xml, "shmem", "name='%s'", name);
	xml_line(&self->xml, "<model type='ivshmem-doorbell'/>");
	xml_line(&self->xml, "<server path='%s'/>", socket);
	xml_line(&self->xml, "<msi vectors='1'/>");
	/* A slot of its own is an IOMMU group of its own in the guest. */
	xml_line(&self->xml, "<address type='pci' domain='0' bus='0' slot='0x%x' function='0'/>",
		 libvirt_slot(self));
	xml_close(&self->xml);
	libvirt_note(self,
		     "display.memory: before each start, run: oriel shmd --socket %s --size %uM "
		     "--name %s%s",
		     quoted, mib, name,
		     self->whose == LIBVIRT_SYSTEM ? " --user libvirt-qemu --user YOU (as root)"
						   : "");
}

static void add_plain(struct libvirt *self)
{
	xml_open_with(&self->xml, "shmem", "name='oriel-%s'", self->vm->name);
	xml_line(&self->xml, "<model type='ivshmem-plain'/>");
	xml_line(&self->xml, "<size unit='M'>%u</size>",
		 (unsigned)(plan_memory_size(&self->vm->display) >> 20));
	xml_close(&self->xml);
	if (self->whose == LIBVIRT_SYSTEM)
		libvirt_note(
			self,
			"display.memory: so that you may write to it too, put into "
			"/etc/tmpfiles.d/oriel.conf: f /dev/shm/oriel-%s 0660 YOU libvirt-qemu -",
			self->vm->name);
}

static void add_kvmfr(struct libvirt *self)
{
	const char *device = self->vm->display.device;

	libvirt_argument(self, "-object", "%s", libvirt_planned(self, "-object", "id=memory"));
	libvirt_device(self, "ivshmem-plain,memdev=memory");
	libvirt_note(
		self,
		"display.memory: libvirt has no kvmfr; it went through QEMU's command line. Add "
		"%s to cgroup_device_acl in /etc/libvirt/qemu.conf",
		device);
}

static void add_memory(struct libvirt *self)
{
	static void (*const adds[])(struct libvirt * self) = { [VM_SHARED_DOORBELL] = add_doorbell,
							       [VM_SHARED_PLAIN] = add_plain,
							       [VM_SHARED_KVMFR] = add_kvmfr };

	if (self->plan->memory)
		adds[self->vm->display.memory](self);
}

/* ---- hands ---- */

static void add_evdev(struct libvirt *self)
{
	for (unsigned i = 0; self->vm->input.evdev[i]; i++) {
		xml_open_with(&self->xml, "input", "type='evdev'");
		if (i == 0)
			xml_line(&self->xml,
				 "<source dev='%s' grab='all' grabToggle='ctrl-ctrl' repeat='on'/>",
				 self->vm->input.evdev[i]);
		else
			xml_line(&self->xml, "<source dev='%s' grabToggle='ctrl-ctrl'/>",
				 self->vm->input.evdev[i]);
		xml_close(&self->xml);
	}
}

static void add_input(struct libvirt *self)
{
	static const struct {
		const char *device, *type, *bus;
	} inputs[] = {
		{ "usb-kbd", "keyboard", "usb" },
		{ "virtio-keyboard-pci", "keyboard", "virtio" },
		{ "virtio-mouse-pci", "mouse", "virtio" },
		{ "usb-tablet", "tablet", "usb" },
		{ "usb-mouse", "mouse", "usb" },
	};

	xml_line(&self->xml, "<controller type='usb' model='qemu-xhci'/>");
	for (size_t i = 0; i < G_N_ELEMENTS(inputs); i++)
		if (libvirt_planned(self, "-device", inputs[i].device))
			xml_line(&self->xml, "<input type='%s' bus='%s'/>", inputs[i].type,
				 inputs[i].bus);
	add_evdev(self);
}

static void add_tpm(struct libvirt *self)
{
	if (!libvirt_planned(self, "-device", "tpm-crb"))
		return;
	xml_line(&self->xml, "<tpm model='tpm-crb'><backend type='emulator' version='2.0'/></tpm>");
	libvirt_note(self, "machine.tpm: libvirt keeps a TPM of its own: Windows asks for what the "
			   "other one kept (PIN, BitLocker's recovery key)");
}

static void add_shares(struct libvirt *self)
{
	for (unsigned i = 0; i < self->vm->shares->len; i++) {
		const struct vm_share *share = self->vm->shares->pdata[i];
		xml_open_with(&self->xml, "filesystem", "type='mount' accessmode='squash'");
		xml_line(&self->xml, "<source dir='%s'/>", share->path);
		xml_line(&self->xml, "<target dir='%s'/>", share->tag);
		if (share->read_only)
			xml_line(&self->xml, "<readonly/>");
		xml_close(&self->xml);
	}
}

/* ---- devices of the computer ---- */

/* libvirt finds USB devices by their ids only. */
static void add_usb(struct libvirt *self, const struct vm_usb *usb, unsigned number)
{
	g_auto(GStrv) place = g_strsplit(usb->port ? usb->port : "", "-", 2);

	if (usb->port) {
		libvirt_argument(self, "-device", "usb-host,hostbus=%s,hostport=%s,bus=usb.0",
				 place[0], place[1]);
		libvirt_note(self,
			     "usb[%u]: libvirt finds devices by their ids; port %s went through "
			     "QEMU's command line",
			     number, usb->port);
		return;
	}
	xml_open_with(&self->xml, "hostdev", "mode='subsystem' type='usb' managed='yes'");
	xml_open_with(&self->xml, "source", "startupPolicy='optional'");
	xml_line(&self->xml, "<vendor id='0x%04x'/><product id='0x%04x'/>", usb->vendor,
		 usb->product);
	xml_close(&self->xml);
	xml_close(&self->xml);
}

static void add_pci(struct libvirt *self, const char *planned, const char *host)
{
	struct pci_address at;
	g_autofree char *rom = libvirt_key(planned, "romfile"),
			*bar = libvirt_key(planned, "rombar");

	if (!pci_address_parse(host, &at))
		return;
	xml_open_with(&self->xml, "hostdev", "mode='subsystem' type='pci' managed='yes'");
	xml_line(&self->xml, "<driver name='vfio'/>");
	xml_line(&self->xml,
		 "<source><address domain='0x%04x' bus='0x%02x' slot='0x%02x' function='0x%x'/>"
		 "</source>",
		 at.domain, at.bus, at.device, at.function);
	if (rom)
		xml_line(&self->xml, "<rom file='%s'/>", rom);
	else if (g_strcmp0(bar, "0") == 0)
		xml_line(&self->xml, "<rom bar='off'/>");
	xml_close(&self->xml);
}

static void add_mediated(struct libvirt *self, const char *planned, const char *path)
{
	g_autofree char *uuid = g_path_get_basename(path);
	g_autofree char *shown = libvirt_key(planned, "display"),
			*early = libvirt_key(planned, "ramfb");

	xml_open_with(&self->xml, "hostdev",
		      "mode='subsystem' type='mdev' model='vfio-pci' managed='no' display='%s' "
		      "ramfb='%s'",
		      g_strcmp0(shown, "on") == 0 ? "on" : "off",
		      g_strcmp0(early, "on") == 0 ? "on" : "off");
	xml_line(&self->xml, "<source><address uuid='%s'/></source>", uuid);
	xml_close(&self->xml);
	libvirt_note(self,
		     "gpus: libvirt does not make the mediated device %s; oriel plan says how",
		     uuid);
}

/* The plan has found out which they are, and what goes with them. */
static void add_vfio(struct libvirt *self)
{
	for (unsigned i = 0; i < self->plan->options->len; i++) {
		const struct plan_option *option = self->plan->options->pdata[i];
		if (strcmp(option->name, "-device") != 0 ||
		    !g_str_has_prefix(option->value, "vfio-pci"))
			continue;
		g_autofree char *host = libvirt_key(option->value, "host");
		g_autofree char *path = libvirt_key(option->value, "sysfsdev");
		if (host)
			add_pci(self, option->value, host);
		else if (path)
			add_mediated(self, option->value, path);
	}
}

static void tell_of_gpus(struct libvirt *self)
{
	for (unsigned i = 0; i < self->vm->gpus->len; i++) {
		const struct vm_gpu *gpu = self->vm->gpus->pdata[i];
		if (gpu->mode == VM_GPU_SINGLE)
			libvirt_note(
				self,
				"gpus[%u]: libvirt does not take the desktop's only GPU: stop the "
				"desktop before the start, or use oriel up",
				i);
		if (gpu->mode == VM_GPU_SRIOV)
			libvirt_note(
				self,
				"gpus[%u]: libvirt makes no virtual functions; oriel plan says "
				"how",
				i);
		if (gpu->primary)
			libvirt_note(
				self,
				"gpus[%u].primary: libvirt has no x-vga; firmware shows itself "
				"there all the same where display.video is none",
				i);
		if (gpu->reset)
			libvirt_note(self, "gpus[%u].reset: libvirt leaves it to the kernel", i);
	}
}

void libvirt_devices(struct libvirt *self)
{
	add_spice(self);
	add_video(self);
	add_sound(self);
	add_memory(self);
	if (libvirt_planned(self, "-serial", ""))
		xml_line(&self->xml, "<serial type='pty'/>");
	add_input(self);
	add_tpm(self);
	add_shares(self);
	for (unsigned i = 0; i < self->vm->usb->len; i++)
		add_usb(self, self->vm->usb->pdata[i], i);
	add_vfio(self);
	tell_of_gpus(self);
	xml_line(&self->xml, "<memballoon model='none'/>");
}
