/* vm/run/agent.h - polkit's questions, asked at our terminal by polkit's own pkttyagent. Where a
 * desktop asks them in windows, it goes on doing so. Main thread; does not run the main context.
 *
 * pkexec has such an agent of its own, but polkit takes no answers from that one ("No session for
 * cookie"), and a service has no terminal to ask at.
 */
#ifndef VM_RUN_AGENT_H
#define VM_RUN_AGENT_H

struct agent;

/* For what is asked of the process that runs pkexec. Returns once polkit knows of it. NULL: there
 * is no terminal here, or no such program, or we are root, whom nobody asks. */
struct agent *agent_start(int pid);

/* NULL is fine. */
void agent_end(struct agent *self);

#endif
