/* A libvirt domain's other devices: screen, sound, shared memory, hands. */
#include <string.h>

#include "vm/exchange/import_part.h"

static bool is(const char *text, const char *wanted)
{
	return g_strcmp0(text, wanted) == 0;
}

/* ---- the screen ---- */

static void import_video(struct import *self, struct element *devices)
{
	static const struct {
		const char *theirs, *ours;
	} cards[] = {
		{ "vga", "vga" }, { "qxl", "qxl" }, { "virtio", "virtio" }, { "none", "none" }
	};
	g_autoptr(GPtrArray) videos = element_all(devices, "video");
	struct element *model = videos->len ? element_find(videos->pdata[0], "model") : NULL;
	const char *type = element_attribute(model, "type");
	const char *drawn = element_attribute(element_find(model, "acceleration"), "accel3d");

	if (is(drawn, "yes")) {
		import_set_of(self, import_add(self, "gpus"), "gpus", "mode", "virgl",
			      "devices/video");
		return;
	}
	import_set(self, "display", "video", videos->len ? "vga" : "none", "devices/video");
	for (size_t i = 0; type && i < G_N_ELEMENTS(cards); i++)
		if (is(type, cards[i].theirs)) {
			import_set(self, "display", "video", cards[i].ours, "devices/video");
			return;
		}
	if (type)
		import_lose(self, "devices/video", "card %s became vga", type);
}

static void import_graphics(struct import *self, struct element *devices)
{
	g_autoptr(GPtrArray) all = element_all(devices, "graphics");
	bool spice = false;

	for (unsigned i = 0; i < all->len; i++) {
		struct element *graphics = all->pdata[i];
		const char *type = element_attribute(graphics, "type");
		g_autofree char *place = element_path(graphics);
		graphics->taken = true;
		spice |= is(type, "spice");
		if (element_attribute(graphics, "passwd"))
			import_lose(self, place, "its password: SPICE's socket lets you alone in");
		if (!is(type, "spice") && !is(type, "egl-headless")) {
			element_take_all(graphics);
			import_lose(self, place, "the viewer shows SPICE and shared memory, no %s",
				    type ? type : "?");
		}
	}
	import_set(self, "display", "spice", spice ? "yes" : "no", "devices/graphics");
}

/* ---- the shared memory ---- */

static void import_shmem(struct import *self, struct element *devices)
{
	g_autoptr(GPtrArray) all = element_all(devices, "shmem");
	struct element *first = all->len ? all->pdata[0] : NULL;
	const char *model = element_attribute(element_find(first, "model"), "type");
	struct element *size = element_find(first, "size");
	const char *unit = element_attribute(size, "unit"),
		   *name = element_attribute(first, "name");

	if (!first)
		return;
	first->taken = true;
	import_set(self, "display", "memory", is(model, "ivshmem-doorbell") ? "doorbell" : "plain",
		   "devices/shmem");
	if (size)
		import_setf(self, "display", "size", "devices/shmem", "%s%.1s", element_text(size),
			    unit ? unit : "");
	if (!is(model, "ivshmem-doorbell"))
		import_lose(self, "devices/shmem", "/dev/shm/%s is /dev/shm/oriel-%s now",
			    name ? name : "?", self->vm->name);
	for (unsigned i = 1; i < all->len; i++) {
		element_take_all(all->pdata[i]);
		import_lose(self, "devices/shmem", "a guest has one shared memory; %s is not it",
			    element_attribute(all->pdata[i], "name"));
	}
}

/* ---- sound ---- */

static void import_sound(struct import *self, struct element *devices)
{
	struct element *sound = element_find(devices, "sound");
	const char *codec = element_attribute(element_find(sound, "codec"), "type");
	const char *type = element_attribute(element_find(devices, "audio"), "type");
	const char *kind = !sound || is(type, "none") ? "none"
			   : is(type, "pipewire")     ? "pipewire"
						      : "spice";

	import_set(self, "sound", "kind", kind, "devices/sound");
	if (is(codec, "output"))
		import_set(self, "sound", "microphone", "no", "devices/sound");
	if (sound && type && !is(type, kind))
		import_lose(self, "devices/audio", "%s became spice: the viewer plays it", type);
}

/* ---- hands ---- */

static void import_inputs(struct import *self, struct element *devices)
{
	g_autoptr(GPtrArray) all = element_all(devices, "input");
	bool tablet = false;

	import_set(self, "input", "keyboard", "ps2", "devices/input");
	for (unsigned i = 0; i < all->len; i++) {
		struct element *input = all->pdata[i];
		const char *type = element_attribute(input, "type");
		const char *bus = element_attribute(input, "bus");
		const char *device = element_attribute(element_find(input, "source"), "dev");
		const char *evdev = element_attribute(element_find(input, "source"), "evdev");
		input->taken = true;
		tablet |= is(type, "tablet");
		if (is(type, "keyboard") && (is(bus, "usb") || is(bus, "virtio")))
			import_set(self, "input", "keyboard", bus, "devices/input");
		if (device || evdev)
			import_append(&self->vm->input.evdev, device ? device : evdev);
	}
	import_set(self, "input", "tablet", tablet ? "yes" : "no", "devices/input");
}

static void import_tpm(struct import *self, struct element *devices)
{
	struct element *tpm = element_find(devices, "tpm");
	struct element *backend = element_find(tpm, "backend");
	const char *version = element_attribute(backend, "version");
	const char *type = element_attribute(backend, "type");

	if (tpm || self->vm->os == VM_WINDOWS11)
		import_set(self, "machine", "tpm", tpm ? "yes" : "no", "devices/tpm");
	if (!tpm)
		return;
	import_lose(
		self, "devices/tpm",
		"what it keeps stays with libvirt: before the first start, suspend BitLocker or "
		"have its recovery key at hand%s",
		is(type, "passthrough") || is(version, "1.2") ? "; it is a TPM 2.0 of its own now"
							      : "");
}

static void import_shares(struct import *self, struct element *devices)
{
	g_autoptr(GPtrArray) all = element_all(devices, "filesystem");

	for (unsigned i = 0; i < all->len; i++) {
		struct element *share = all->pdata[i];
		const char *folder = element_attribute(element_find(share, "source"), "dir");
		const char *tag = element_attribute(element_find(share, "target"), "dir");
		g_autofree char *place = element_path(share);
		share->taken = true;
		if (!folder) {
			element_take_all(share);
			import_lose(self, place, "is no folder of this computer");
			continue;
		}
		struct vm_share *out = import_add(self, "shares");
		import_set_of(self, out, "shares", "path", folder, place);
		import_set_of(self, out, "shares", "tag", tag, place);
		if (element_find(share, "readonly"))
			import_set_of(self, out, "shares", "read-only", "yes", place);
	}
}

static void import_channels(struct import *self, struct element *devices)
{
	g_autoptr(GPtrArray) all = element_all(devices, "channel");

	for (unsigned i = 0; i < all->len; i++) {
		struct element *channel = all->pdata[i];
		const char *name = element_attribute(element_find(channel, "target"), "name");
		g_autofree char *place = element_path(channel);
		element_take_all(channel);
		if (!is(element_attribute(channel, "type"), "spicevmc") &&
		    !is(name, "com.redhat.spice.0"))
			import_lose(self, place, "%s: has no place in this file; qemu: can add one",
				    name ? name : "?");
	}
}

void import_devices(struct import *self, struct element *devices)
{
	import_disks(self, devices);
	import_networks(self, devices);
	import_hostdevs(self, devices);
	import_video(self, devices);
	import_graphics(self, devices);
	import_set(self, "display", "kind",
		   element_find(devices, "shmem")      ? "oriel"
		   : element_find(devices, "graphics") ? "spice"
						       : "none",
		   "devices");
	import_shmem(self, devices);
	import_sound(self, devices);
	import_inputs(self, devices);
	import_tpm(self, devices);
	import_shares(self, devices);
	import_channels(self, devices);
}
