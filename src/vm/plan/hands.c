/* Keyboard, pointer, USB, shared folders, and the way to QEMU itself. */
#include <gio/gio.h>

#include "vm/plan/build.h"
#include "vm/words.h"

static void add_keyboard(struct plan *self, const struct vm *vm)
{
	switch (vm->input.keyboard) {
	case VM_KEYBOARD_USB:
		plan_option(self, "a keyboard", "-device", "usb-kbd,bus=usb.0");
		break;
	case VM_KEYBOARD_VIRTIO:
		plan_device(self, vm, "a keyboard", "virtio-keyboard-pci");
		plan_device(self, vm, "a mouse", "virtio-mouse-pci");
		break;
	case VM_KEYBOARD_PS2:
		break; /* of the chipset */
	}
	if (vm->input.tablet)
		plan_option(self, "a pointer that goes where yours is", "-device",
			    "usb-tablet,bus=usb.0");
	else if (vm->input.keyboard == VM_KEYBOARD_USB)
		plan_option(self, "a mouse", "-device", "usb-mouse,bus=usb.0");
}

static void add_evdev(struct plan *self, const struct vm *vm)
{
	for (unsigned i = 0; vm->input.evdev[i]; i++)
		plan_optionf(self, "of this computer; both Ctrl keys switch", "-object",
			     "input-linux,id=evdev%u,evdev=%s%s,grab-toggle=ctrl-ctrl", i,
			     vm->input.evdev[i], i ? "" : ",grab_all=on,repeat=on");
}

/* "1-2.4" is bus 1, port 2.4. */
static void add_usb(struct plan *self, const struct vm *vm)
{
	for (unsigned i = 0; i < vm->usb->len; i++) {
		const struct vm_usb *usb = vm->usb->pdata[i];
		g_auto(GStrv) place = g_strsplit(usb->port ? usb->port : "", "-", 2);
		if (usb->port)
			plan_optionf(self, "what is plugged in there", "-device",
				     "usb-host,id=usb-%s,hostbus=%s,hostport=%s,bus=usb.0",
				     usb->port, place[0], place[1]);
		else
			plan_optionf(self, "of this computer", "-device",
				     "usb-host,id=usb-%04x-%04x,vendorid=0x%04x,productid=0x%04x,"
				     "bus=usb.0",
				     usb->vendor, usb->product, usb->vendor, usb->product);
	}
}

static void add_shares(struct plan *self, const struct vm *vm)
{
	for (unsigned i = 0; i < vm->shares->len; i++) {
		const struct vm_share *share = vm->shares->pdata[i];
		g_autofree char *path = words_for_qemu(share->path);
		plan_optionf(self, share->path, "-fsdev",
			     "local,id=share%u,path=%s,security_model=none%s", i, path,
			     share->read_only ? ",readonly=on" : "");
		plan_device(self, vm, "the guest mounts it by this tag",
			    "virtio-9p-pci,fsdev=share%u,mount_tag=%s", i, share->tag);
	}
	if (vm->shares->len && plan_is_windows(vm))
		plan_note(self, "Windows has no driver for shared folders by 9p; share them from "
				"within, or through SPICE");
}

gboolean plan_hands(struct plan *self, const struct vm *vm, const struct facts *facts,
		    GError **error)
{
	g_autofree char *monitor = words_for_qemu(self->monitor);
	g_autofree char *console = plan_file(self, "console"), *quoted = words_for_qemu(console);

	(void)facts, (void)error;
	plan_device(self, vm, "USB 3", "qemu-xhci,id=usb");
	add_keyboard(self, vm);
	add_evdev(self, vm);
	add_usb(self, vm);
	add_shares(self, vm);
	plan_optionf(self, "where oriel console looks", "-chardev",
		     "socket,id=console,path=%s,server=on,wait=off", quoted);
	plan_option(self, "a serial line, for a guest's console", "-serial", "chardev:console");
	plan_optionf(self, "how it is asked to shut down", "-qmp", "unix:%s,server=on,wait=off",
		     monitor);
	plan_option(self, "what it says has a time", "-msg", "timestamp=on");
	return TRUE;
}
