/* bench/child.h - processes that do not outlive us. */
#ifndef BENCH_CHILD_H
#define BENCH_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Where `name` lies: as `given` unless NULL, beside this program, where it is installed or built,
 * or the name alone (then PATH decides). */
void child_find(char *out, size_t length, const char *given, const char *name);

/* Starts argv[0] (looked up in PATH) with DISPLAY set to `display` (NULL: as ours); all that it
 * says goes to `output` (-1: nowhere). The pid, or -1 with errno. */
pid_t child_start(char *const argv[], const char *display, int output);

/* Runs `run(data)` in a copy of this process, which exits with what it returns. */
pid_t child_fork(int (*run)(void *data), void *data);

/* Kills and reaps; nothing for -1 and 0. */
void child_stop(pid_t pid);

/* Does it still run? child_stop() must follow either way. */
bool child_alive(pid_t pid);

#endif
