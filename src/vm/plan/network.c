/* Network cards. */
#include <gio/gio.h>

#include "vm/plan/build.h"

/* Of the machine's name and the card's number, always the same; locally administered. */
static char *make_mac(const char *name, unsigned number)
{
	g_autofree char *text = g_strdup_printf("oriel card %u %s", number, name);
	g_autofree char *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1);

	return g_strdup_printf("52:54:00:%.2s:%.2s:%.2s", sum, sum + 2, sum + 4);
}

static void append_forwards(GString *out, const GPtrArray *forwards)
{
	for (unsigned i = 0; i < forwards->len; i++) {
		const struct vm_forward *forward = forwards->pdata[i];
		g_string_append_printf(out, ",hostfwd=%s:%s:%u-:%u", forward->udp ? "udp" : "tcp",
				       forward->address ? forward->address : "127.0.0.1",
				       forward->from, forward->to);
	}
}

static gboolean add_way(struct plan *self, const struct vm_network *network, unsigned number,
			GError **error)
{
	g_autoptr(GString) user = g_string_new(NULL);

	switch (network->kind) {
	case VM_NETWORK_USER:
		g_string_printf(user, "user,id=net%u", number);
		append_forwards(user, network->forwards);
		plan_option(self, "a network behind this computer's", "-netdev", user->str);
		return TRUE;
	case VM_NETWORK_BRIDGE:
		plan_optionf(self, "by qemu-bridge-helper, which /etc/qemu/bridge.conf allows",
			     "-netdev", "bridge,id=net%u,br=%s", number, network->via);
		return TRUE;
	case VM_NETWORK_MACVTAP:
		break;
	}
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
		    "networks[%u]: this version makes no macvtap yet; take a bridge", number);
	return FALSE;
}

gboolean plan_network(struct plan *self, const struct vm *vm, const struct facts *facts,
		      GError **error)
{
	(void)facts;
	for (unsigned i = 0; i < vm->networks->len; i++) {
		const struct vm_network *network = vm->networks->pdata[i];
		g_autofree char *mac = network->mac ? g_strdup(network->mac)
						    : make_mac(vm->name, i);
		if (!add_way(self, network, i, error))
			return FALSE;
		plan_device(self, vm, "a network card", "%s,netdev=net%u,mac=%s",
			    network->card == VM_CARD_VIRTIO ? "virtio-net-pci" : "e1000e", i, mac);
	}
	return TRUE;
}
