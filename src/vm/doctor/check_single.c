/* The only GPU is taken from the desktop: who holds it, and how to get back in. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "vm/doctor/checks.h"

#define HOLDERS_SHOWN 6

/* ---- who has it open ---- */

static bool is_gpu_node(const char *target)
{
	return g_str_has_prefix(target, "/dev/dri/card") || g_str_has_prefix(target, "/dev/nvidia");
}

/* 1: it does; 0: not; -1: another user's. */
static int holds(const struct patient *patient, const char *process)
{
	g_autofree char *folder = g_strdup_printf("/proc/%s/fd", process);
	int error;
	g_auto(GStrv) descriptors = patient_list(patient, &error, folder);

	for (char **fd = descriptors; *fd; fd++) {
		g_autofree char *path = g_strdup_printf("%s%s/%s", patient->sysroot, folder, *fd);
		g_autofree char *target = g_file_read_link(path, NULL);
		if (target && is_gpu_node(target))
			return 1;
	}
	return error == EACCES ? -1 : 0;
}

static void check_holders(const struct patient *patient, struct finding *finding)
{
	g_auto(GStrv) processes = patient_list(patient, NULL, "/proc");
	g_autoptr(GString) names = g_string_new(NULL);
	unsigned count = 0;
	bool hidden = false;

	for (char **process = processes; *process; process++) {
		if (!g_ascii_isdigit(**process))
			continue;
		int answer = holds(patient, *process);
		hidden |= answer < 0;
		if (answer != 1 || ++count > HOLDERS_SHOWN)
			continue;
		g_autofree char *name = patient_line(patient, "/proc/%s/comm", *process);
		g_string_append_printf(names, "%s%s (%s)", names->len ? ", " : "",
				       name ? name : "?", *process);
	}
	if (count)
		finding_say(finding, VERDICT_OK,
			    "%u programs have it open, and end with the "
			    "desktop: %s",
			    count, names->str);
	else
		finding_say(finding, VERDICT_OK, "%s has it open%s",
			    hidden ? "no program of yours" : "no program",
			    hidden ? " (others' cannot be seen)" : "");
}

/* ---- units ---- */

/* A unit that runs has a control group. */
static bool runs(const struct patient *patient, const char *unit)
{
	return patient_has(patient, "/sys/fs/cgroup/system.slice/%s", unit) ||
	       patient_has(patient, "/sys/fs/cgroup/systemd/system.slice/%s", unit);
}

static const char *wanted_manager(const struct patient *patient)
{
	for (unsigned i = 0; i < patient->gpus->len; i++) {
		const struct patient_gpu *gpu = patient->gpus->pdata[i];
		if (gpu->asked && gpu->asked->mode == VM_GPU_SINGLE)
			return gpu->asked->display_manager;
	}
	return "display-manager.service";
}

static void check_manager(const struct patient *patient, struct finding *finding)
{
	const char *wanted = wanted_manager(patient);
	g_autofree char *link = patient_link(patient,
					     "/etc/systemd/system/display-manager.service");
	bool alias = strcmp(wanted, "display-manager.service") == 0;
	const char *unit = alias && link ? link : wanted;

	if (runs(patient, unit)) {
		finding_say(finding, VERDICT_OK, "the desktop is started by %s", unit);
		return;
	}
	if (alias && !link) {
		finding_say(finding, VERDICT_WARN,
			    "no display-manager.service: a desktop started "
			    "by hand is not stopped");
		finding_advise(finding, "log in by a display manager (gdm, sddm, lightdm), or end "
					"the desktop before oriel up");
		return;
	}
	finding_say(finding, VERDICT_WARN, "%s does not run", unit);
	finding_advise(finding, "name what starts your desktop in gpus: display-manager:");
}

static void check_lingering(const struct patient *patient, struct finding *finding)
{
	if (runs(patient, "nvidia-persistenced.service")) {
		finding_say(finding, VERDICT_WARN,
			    "nvidia-persistenced keeps NVIDIA's driver in "
			    "use");
		finding_advise(finding, "sudo systemctl disable --now nvidia-persistenced");
	}
	if (patient->answers.user &&
	    patient_has(patient, "/var/lib/systemd/linger/%s", patient->answers.user))
		finding_say(finding, VERDICT_OK,
			    "your services stay when the desktop ends "
			    "(linger); none of them may use the GPU");
}

/* ---- the way back ---- */

#define SSH       22
#define LISTENS   "0A"
#define TCP_LINES 4096

/* "0: 00000000:0016 00000000:0000 0A ..." */
static bool line_listens(const char *line)
{
	char local[80], remote[80], state[8];
	const char *port;

	return sscanf(line, " %*u: %79s %79s %7s", local, remote, state) == 3 &&
	       (port = strrchr(local, ':')) && strtoul(port + 1, NULL, 16) == SSH &&
	       strcmp(state, LISTENS) == 0;
}

static bool listens(const struct patient *patient, const char *path)
{
	g_autofree char *text = patient_read(patient, NULL, path);
	g_auto(GStrv) lines = g_strsplit(text ? text : "", "\n", TCP_LINES);

	for (char **line = lines; *line; line++)
		if (line_listens(*line))
			return true;
	return false;
}

static void check_way_back(const struct patient *patient, struct finding *finding)
{
	if (listens(patient, "/proc/net/tcp") || listens(patient, "/proc/net/tcp6")) {
		finding_say(finding, VERDICT_OK, "ssh listens");
		return;
	}
	finding_say(finding, VERDICT_WARN, "no ssh: should the screen stay black, nobody gets in");
	finding_advise(finding, "install and start an ssh server, and try it from another device");
}

void check_single(const struct patient *patient, struct finding *finding)
{
	check_holders(patient, finding);
	check_manager(patient, finding);
	check_lingering(patient, finding);
	check_way_back(patient, finding);
}
