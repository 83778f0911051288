/* How the screen is shown: an emulated card, SPICE, shared memory; and the sound. */
#include <gio/gio.h>

#include <oriel/oriel.h>

#include "vm/plan/build.h"
#include "vm/words.h"

/* ---- the emulated card ---- */

static const struct vm_gpu *drawn_gpu(const struct vm *vm)
{
	for (unsigned i = 0; i < vm->gpus->len; i++) {
		const struct vm_gpu *gpu = vm->gpus->pdata[i];
		if (gpu->mode == VM_GPU_VIRGL || gpu->mode == VM_GPU_VENUS)
			return gpu;
	}
	return NULL;
}

static void add_drawn(struct plan *self, const struct vm *vm, const struct vm_gpu *gpu)
{
	if (gpu->mode == VM_GPU_VENUS)
		plan_device(self, vm, "this computer's GPU draws, by Vulkan",
			    "virtio-vga-gl,venus=on,hostmem=4G,blob=on");
	else
		plan_device(self, vm, "this computer's GPU draws, by OpenGL", "virtio-vga-gl");
	plan_option(self, "in a picture of its own", "-display", "egl-headless");
}

/* GVT-g's screen comes as a picture of the GPU's, which only OpenGL reads. */
static bool shows_mediated(const struct vm *vm)
{
	for (unsigned i = 0; i < vm->gpus->len; i++) {
		const struct vm_gpu *gpu = vm->gpus->pdata[i];
		if (gpu->mode == VM_GPU_MDEV && gpu->primary)
			return true;
	}
	return false;
}

static bool has_card(const struct vm *vm)
{
	if (vm->display.video == VM_VIDEO_AUTO)
		return !plan_has_primary(vm);
	return vm->display.video != VM_VIDEO_NONE;
}

static void add_video(struct plan *self, const struct vm *vm)
{
	static const char *const cards[] = { [VM_VIDEO_AUTO] = "VGA",
					     [VM_VIDEO_VGA] = "VGA",
					     [VM_VIDEO_QXL] = "qxl-vga",
					     [VM_VIDEO_VIRTIO] = "virtio-vga" };
	const struct vm_gpu *gpu = drawn_gpu(vm);

	if (gpu) {
		add_drawn(self, vm, gpu);
		return;
	}
	if (has_card(vm))
		plan_optionf(self, "what firmware and installers draw on", "-device", "%s",
			     cards[vm->display.video]);
	if (shows_mediated(vm))
		plan_option(self, "in a picture of its own", "-display", "egl-headless");
	else
		plan_option(self, "no window of QEMU's own", "-display", "none");
}

/* ---- SPICE ---- */

static void add_spice(struct plan *self, const struct vm *vm)
{
	if (!vm->display.spice || vm->display.kind == VM_DISPLAY_NONE)
		return;
	self->spice = plan_file(self, "spice");
	g_autofree char *quoted = words_for_qemu(self->spice);
	plan_optionf(self, "keyboard, pointer, clipboard and sound; the folder keeps others out",
		     "-spice", "unix=on,addr=%s,disable-ticketing=on,playback-compression=off",
		     quoted);
	plan_device(self, vm, "the agent's way", "virtio-serial-pci");
	plan_option(self, "its end here", "-chardev", "spicevmc,id=agent,name=vdagent");
	plan_option(self, "its end in the guest", "-device",
		    "virtserialport,chardev=agent,name=com.redhat.spice.0");
}

/* ---- shared memory ---- */

uint64_t plan_memory_size(const struct vm_display *display)
{
	if (display->size)
		return display->size;
	return oriel_shm_size(display->resolution.width, display->resolution.height,
			      display->hdr ? 8 : 4);
}

static void add_server(struct plan *self, const struct vm *vm, const struct facts *facts)
{
	g_autofree char *size = g_strdup_printf("%" G_GUINT64_FORMAT "M",
						plan_memory_size(&vm->display) >> 20);

	plan_step(self, STEP_SERVE, self->memory,
		  PLAN_WORDS(facts->oriel ? facts->oriel : "oriel", "shmd", "--socket",
			     self->memory, "--size", size, "--name", vm->name),
		  "the shared memory and its bells");
}

static void add_memory(struct plan *self, const struct vm *vm, const struct facts *facts)
{
	const struct vm_display *display = &vm->display;
	uint64_t mib = plan_memory_size(display) >> 20;

	if (display->kind != VM_DISPLAY_ORIEL)
		return;
	if (display->memory == VM_SHARED_DOORBELL) {
		self->memory = plan_file(self, "memory");
		g_autofree char *quoted = words_for_qemu(self->memory);
		add_server(self, vm, facts);
		plan_optionf(self, "the way to the shared memory", "-chardev",
			     "socket,id=memory,path=%s", quoted);
		plan_option(self, "frames come through it", "-device",
			    "ivshmem-doorbell,chardev=memory,vectors=1,master=on");
		return;
	}
	self->memory = display->memory == VM_SHARED_KVMFR
			       ? g_strdup(display->device)
			       : g_strdup_printf("/dev/shm/oriel-%s", vm->name);
	g_autofree char *quoted = words_for_qemu(self->memory);
	plan_optionf(self, "the shared memory", "-object",
		     "memory-backend-file,id=memory,mem-path=%s,size=%" G_GUINT64_FORMAT
		     "M,share=on",
		     quoted, mib);
	plan_option(self, "frames come through it", "-device",
		    "ivshmem-plain,memdev=memory,master=on");
}

/* ---- sound ---- */

/* QEMU looks each 10 ms whether 10 ms of sound are ready, which makes them up to 10 ms late; and it
 * would pack them for a network, which takes 6.5 ms more. */

static void add_sound(struct plan *self, const struct vm *vm)
{
	bool spice = vm->sound.kind == VM_SOUND_SPICE && self->spice;

	if (vm->sound.kind == VM_SOUND_NONE || (vm->sound.kind == VM_SOUND_SPICE && !spice))
		return;
	plan_option(self, spice ? "sound through the viewer" : "sound by QEMU itself", "-audiodev",
		    spice ? "spice,id=sound,timer-period=2000" : "pipewire,id=sound");
	plan_option(self, "a sound card", "-device", "ich9-intel-hda");
	plan_option(
		self, vm->sound.microphone ? "speakers and a microphone" : "speakers", "-device",
		vm->sound.microphone ? "hda-micro,audiodev=sound" : "hda-output,audiodev=sound");
}

gboolean plan_display(struct plan *self, const struct vm *vm, const struct facts *facts,
		      GError **error)
{
	if (vm->sound.kind == VM_SOUND_PIPEWIRE && facts->qemu_major && facts->qemu_major < 8) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
			    "sound.kind: pipewire needs QEMU 8; this is %u: take spice",
			    facts->qemu_major);
		return FALSE;
	}
	add_video(self, vm);
	add_spice(self, vm);
	add_memory(self, vm, facts);
	add_sound(self, vm);
	return TRUE;
}
