#include "vm/run/pins.h"

#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>

static bool has(const struct vm_cpus *cpus, unsigned cpu)
{
	return cpus->bits[cpu / 64] >> cpu % 64 & 1;
}

unsigned pins_count(const struct vm_cpus *cpus)
{
	unsigned count = 0;

	for (unsigned i = 0; i < VM_CPUS_MAX; i++)
		count += has(cpus, i);
	return count;
}

/* The one that the guest's processor `index` stays on. */
static unsigned nth(const struct vm_cpus *cpus, unsigned index)
{
	unsigned cpu = 0;

	while (cpu < VM_CPUS_MAX && (!has(cpus, cpu) || index--))
		cpu++;
	return cpu;
}

/* For QEMU's own threads: those named for it, else all that no guest's processor has. */
static cpu_set_t rest_of(const struct vm_cpu *cpu)
{
	bool named = pins_count(&cpu->emulator) > 0;
	cpu_set_t all, rest;

	CPU_ZERO(&all);
	sched_getaffinity(0, sizeof(all), &all);
	rest = all;
	for (unsigned i = 0; i < VM_CPUS_MAX; i++)
		if (named ? !has(&cpu->emulator, i) : has(&cpu->pin, i))
			CPU_CLR(i, &rest);
	return CPU_COUNT(&rest) || named ? rest : all;
}

/* A thread that ended meanwhile is none to worry about. */
static gboolean put(int thread, const cpu_set_t *set, const char *what, GError **error)
{
	if (sched_setaffinity(thread, sizeof(*set), set) == 0 || errno == ESRCH)
		return TRUE;
	g_set_error(error, G_IO_ERROR, g_io_error_from_errno(errno),
		    "cpu: %s cannot stay where the file says (%s); are these CPUs there, and may "
		    "this user have them?",
		    what, g_strerror(errno));
	return FALSE;
}

static gboolean put_rest(int pid, const GPtrArray *processors, const struct vm_cpu *cpu,
			 GError **error)
{
	g_autofree char *folder = g_strdup_printf("/proc/%d/task", pid);
	g_autoptr(GDir) threads = g_dir_open(folder, 0, NULL);
	cpu_set_t set = rest_of(cpu);
	const char *name;

	while (threads && (name = g_dir_read_name(threads)))
		if (!g_ptr_array_find((GPtrArray *)processors, GINT_TO_POINTER(atoi(name)), NULL) &&
		    !put(atoi(name), &set, "QEMU", error))
			return FALSE;
	return TRUE;
}

static gboolean put_processors(const GPtrArray *threads, const struct vm_cpu *cpu, GError **error)
{
	for (unsigned i = 0; i < threads->len && pins_count(&cpu->pin); i++) {
		g_autofree char *what = g_strdup_printf("the guest's processor %u", i);
		unsigned on = nth(&cpu->pin, i);
		cpu_set_t set;

		CPU_ZERO(&set);
		CPU_SET(on, &set);
		if (threads->pdata[i] &&
		    !put(GPOINTER_TO_INT(threads->pdata[i]), &set, what, error))
			return FALSE;
	}
	return TRUE;
}

/* Thread ids of the guest's processors, in order; to be unref'ed. */
static GPtrArray *ask_processors(struct qmp *qmp, GError **error)
{
	g_autoptr(JsonNode) value = qmp_call(qmp, "query-cpus-fast", NULL, error);
	JsonArray *cpus = qmp_as_array(value);
	GPtrArray *threads = g_ptr_array_new();

	for (unsigned i = 0; cpus && i < json_array_get_length(cpus); i++) {
		JsonObject *cpu = qmp_as_object(json_array_get_element(cpus, i));
		gint64 index = qmp_number(cpu, "cpu-index"), thread = qmp_number(cpu, "thread-id");
		if (index < 0 || index >= VM_CPUS_MAX || thread <= 0 || thread > G_MAXINT)
			continue;
		if (threads->len <= index)
			g_ptr_array_set_size(threads, (int)index + 1);
		threads->pdata[index] = GINT_TO_POINTER((int)thread);
	}
	return threads;
}

/* QEMU may have been taken over by its guest: only its own threads are moved. */
static void keep_own(GPtrArray *threads, int pid)
{
	for (unsigned i = 0; i < threads->len; i++) {
		g_autofree char *task = g_strdup_printf("/proc/%d/task/%d", pid,
							GPOINTER_TO_INT(threads->pdata[i]));
		if (!threads->pdata[i] || !g_file_test(task, G_FILE_TEST_EXISTS))
			threads->pdata[i] = NULL;
	}
}

gboolean pins_set(struct qmp *qmp, int pid, const struct vm_cpu *cpu, GError **error)
{
	if (!pins_count(&cpu->pin) && !pins_count(&cpu->emulator))
		return TRUE;
	g_autoptr(GPtrArray) threads = ask_processors(qmp, error);
	if (!threads->len && error && *error)
		return FALSE;
	keep_own(threads, pid);
	return put_rest(pid, threads, cpu, error) && put_processors(threads, cpu, error);
}
