#include "vm/run/kvm_probe.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <linux/kvm.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define GUEST_ADDRESS 0x1000
#define GUEST_PORT    0x80
#define GUEST_BYTE    0x42
#define KVM_API       12

/* mov $GUEST_BYTE, %al; out %al, $0x80; hlt */
static const uint8_t guest_code[] = { 0xb0, GUEST_BYTE, 0xe6, GUEST_PORT, 0xf4 };

static bool load_guest(int vm)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED)
		return false;
	memcpy(page, guest_code, sizeof(guest_code));
	struct kvm_userspace_memory_region region = {
		.guest_phys_addr = GUEST_ADDRESS,
		.memory_size = 4096,
		.userspace_addr = (uintptr_t)page,
	};
	return ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region) == 0;
}

static bool start_at_code(int vcpu)
{
	struct kvm_regs regs = { .rip = GUEST_ADDRESS, .rflags = 2 };
	struct kvm_sregs sregs;
	if (ioctl(vcpu, KVM_GET_SREGS, &sregs) != 0)
		return false;
	sregs.cs.base = 0;
	sregs.cs.selector = 0;
	return ioctl(vcpu, KVM_SET_SREGS, &sregs) == 0 && ioctl(vcpu, KVM_SET_REGS, &regs) == 0;
}

static bool has_written(const struct kvm_run *run, size_t size)
{
	return run->exit_reason == KVM_EXIT_IO && run->io.direction == KVM_EXIT_IO_OUT &&
	       run->io.port == GUEST_PORT && run->io.data_offset < size &&
	       ((const uint8_t *)run)[run->io.data_offset] == GUEST_BYTE;
}

static bool vcpu_runs(int kvm)
{
	if (ioctl(kvm, KVM_GET_API_VERSION, 0) != KVM_API)
		return false;
	int vm = ioctl(kvm, KVM_CREATE_VM, 0);
	if (vm < 0 || !load_guest(vm))
		return false;
	int vcpu = ioctl(vm, KVM_CREATE_VCPU, 0);
	int size = ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	if (vcpu < 0 || size < (int)sizeof(struct kvm_run))
		return false;
	struct kvm_run *run = mmap(NULL, (size_t)size, PROT_READ, MAP_SHARED, vcpu, 0);
	return run != MAP_FAILED && start_at_code(vcpu) && ioctl(vcpu, KVM_RUN, 0) == 0 &&
	       has_written(run, (size_t)size);
}

/* The child says "1" or "0"; a child that hangs in the kernel says nothing and is killed. It is not
 * waited for: one that cannot be killed must not hang us too. */
static enum kvm_answer ask_child(int kvm)
{
	int ends[2];
	char answer = 0;
	if (pipe2(ends, O_CLOEXEC) != 0)
		return KVM_FAILS;
	pid_t child = fork();
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		answer = vcpu_runs(kvm) ? '1' : '0';
		_exit(write(ends[1], &answer, 1) == 1 ? 0 : 1);
	}
	close(ends[1]);
	struct pollfd answered = { .fd = ends[0], .events = POLLIN };
	bool late = child > 0 && poll(&answered, 1, KVM_PROBE_MS) == 0;
	bool yes = child > 0 && !late && read(ends[0], &answer, 1) == 1 && answer == '1';
	close(ends[0]);
	if (child > 0) {
		kill(child, SIGKILL);
		waitpid(child, NULL, WNOHANG);
	}
	return yes ? KVM_RUNS : late ? KVM_HANGS : KVM_FAILS;
}

/* ---- what earlier runs found out ---- */

static char *note_path(void)
{
	return g_build_filename(g_get_user_cache_dir(), "oriel", "kvm-hangs", NULL);
}

/* NULL where the kernel does not tell: then nothing is remembered. */
static char *this_boot(void)
{
	char *id = NULL;
	return g_file_get_contents("/proc/sys/kernel/random/boot_id", &id, NULL, NULL) ? id : NULL;
}

static gboolean failed_before(void)
{
	g_autofree char *path = note_path(), *now = this_boot(), *then = NULL;
	return now && g_file_get_contents(path, &then, NULL, NULL) && g_str_equal(now, then);
}

void kvm_remember_failure(void)
{
	g_autofree char *path = note_path(), *now = this_boot();
	g_autofree char *folder = g_path_get_dirname(path);
	if (now && g_mkdir_with_parents(folder, 0700) == 0)
		g_file_set_contents(path, now, -1, NULL);
}

enum kvm_answer kvm_ask(void)
{
	if (failed_before())
		return KVM_HUNG_BEFORE;
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (kvm < 0)
		return errno == EACCES ? KVM_DENIED : KVM_MISSING;
	enum kvm_answer answer = ask_child(kvm);
	close(kvm);
	return answer;
}

const char *kvm_probe(void)
{
	static const char *const reasons[KVM_ANSWERS] = {
		[KVM_RUNS] = NULL,
		[KVM_HUNG_BEFORE] = "a guest hung under KVM before; --accel=kvm tries again",
		[KVM_MISSING] = "there is no /dev/kvm",
		[KVM_DENIED] = "/dev/kvm is not open to you: join its group (usermod -aG kvm USER)",
		[KVM_FAILS] = "/dev/kvm is there, but a virtual CPU does not run",
		[KVM_HANGS] = "/dev/kvm is there, but a virtual CPU never comes back",
	};

	return reasons[kvm_ask()];
}
