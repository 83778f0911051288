/* vm/run/child.h - child processes that do not outlive us. Main thread. */
#ifndef VM_RUN_CHILD_H
#define VM_RUN_CHILD_H

#include <gio/gio.h>

/* A launcher whose children get `signal` when this process (its main thread) dies, however. */
GSubprocessLauncher *child_launcher(int signal);

/* The same, in a session of its own: what is typed on our terminal is not for it. */
GSubprocessLauncher *child_launcher_apart(int signal);

/* As g_subprocess_launcher_take_fd(), with a duplicate. */
void child_give_fd(GSubprocessLauncher *launcher, int fd, int as);

/* As the machine's processes see its lock (vm/run/lock.h), which is free once none of them is left.
 */
enum { CHILD_LOCK_FD = 28 };

/* Sends `signal`, waits a while, then SIGKILL, then gives up: a process can hang in the kernel.
 * Does not run the default main context. Drops the reference; NULL is fine. */
void child_end(GSubprocess *child, int signal);

#endif
