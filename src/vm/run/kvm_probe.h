/* vm/run/kvm_probe.h - does KVM run anything here?
 *
 * /dev/kvm existing and being writable proves nothing: in some clouds and containers a vCPU never
 * comes back. So a child makes a machine of one page and lets it write one byte to a port.
 */
#ifndef VM_RUN_KVM_PROBE_H
#define VM_RUN_KVM_PROBE_H

enum { KVM_PROBE_MS = 2000 }; /* at most */

enum kvm_answer {
	KVM_RUNS,
	KVM_HUNG_BEFORE, /* since the last boot; see kvm_remember_failure() */
	KVM_MISSING,     /* no /dev/kvm */
	KVM_DENIED,      /* not for us */
	KVM_FAILS,       /* there it is, but a vCPU does not run */
	KVM_HANGS,       /* it never came back */
	KVM_ANSWERS,
};

/* Lets a vCPU run. Even then a whole guest may hang, so watch one for signs of life. Main thread;
 * forks. */
enum kvm_answer kvm_ask(void);

/* NULL when a vCPU ran, else why not, for a person. */
const char *kvm_probe(void);

/* Remembers until the next boot of this machine that a whole guest hung under KVM, so that nobody
 * waits for that twice: from then on kvm_probe() says so. A note that cannot be written is no
 * error. In the user's cache folder. */
void kvm_remember_failure(void);

#endif
