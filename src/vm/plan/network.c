/* Network cards. */
#include <gio/gio.h>

#include "vm/plan/build.h"

enum { PLAN_TAP = 30 };

/* Of the machine's name, the card's number, and whose machine it is: always the same, and another
 * one's machine of that name has another one. */
static char *make_sum(const char *what, const struct vm *vm, const struct facts *facts,
		      unsigned number)
{
	g_autofree char *text = g_strdup_printf("oriel %s %u %s%s%s", what, number, vm->name,
						facts->home ? " of " : "",
						facts->home ? facts->home : "");

	return g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1);
}

/* Locally administered. */
static char *make_mac(const struct vm *vm, const struct facts *facts, unsigned number)
{
	g_autofree char *sum = make_sum("card", vm, facts, number);

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

/* No longer than an interface's name may be. */
static char *make_interface(const struct vm *vm, const struct facts *facts, unsigned number)
{
	g_autofree char *sum = make_sum("interface", vm, facts, number);

	return g_strdup_printf("oriel%.8s", sum);
}

/* Its node is QEMU's descriptor PLAN_TAP and so on. */
static void add_macvtap(struct plan *self, const struct vm *vm, const struct facts *facts,
			unsigned number, const char *mac)
{
	const struct vm_network *network = vm->networks->pdata[number];
	g_autofree char *interface = make_interface(vm, facts, number);
	g_autofree char *descriptor = g_strdup_printf("%u", PLAN_TAP + number);

	plan_step(self, STEP_ROOT, descriptor, PLAN_WORDS("macvtap", network->via, interface, mac),
		  "a place beside this computer on its network");
	plan_optionf(self, "which the helper opens", "-netdev", "tap,id=net%u,fd=%s", number,
		     descriptor);
}

static void add_way(struct plan *self, const struct vm *vm, const struct facts *facts,
		    unsigned number, const char *mac)
{
	const struct vm_network *network = vm->networks->pdata[number];
	g_autoptr(GString) user = g_string_new(NULL);

	switch (network->kind) {
	case VM_NETWORK_USER:
		g_string_printf(user, "user,id=net%u", number);
		append_forwards(user, network->forwards);
		plan_option(self, "a network behind this computer's", "-netdev", user->str);
		break;
	case VM_NETWORK_BRIDGE:
		plan_optionf(self, "by qemu-bridge-helper, which /etc/qemu/bridge.conf allows",
			     "-netdev", "bridge,id=net%u,br=%s", number, network->via);
		break;
	case VM_NETWORK_MACVTAP:
		add_macvtap(self, vm, facts, number, mac);
		break;
	}
}

gboolean plan_network(struct plan *self, const struct vm *vm, const struct facts *facts,
		      GError **error)
{
	(void)error;
	for (unsigned i = 0; i < vm->networks->len; i++) {
		const struct vm_network *network = vm->networks->pdata[i];
		g_autofree char *mac = network->mac ? g_strdup(network->mac)
						    : make_mac(vm, facts, i);
		add_way(self, vm, facts, i, mac);
		plan_device(self, vm, "a network card", "%s,netdev=net%u,mac=%s",
			    network->card == VM_CARD_VIRTIO ? "virtio-net-pci" : "e1000e", i, mac);
	}
	return TRUE;
}
