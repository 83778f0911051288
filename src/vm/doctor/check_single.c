/* The only GPU is taken from the desktop: who holds it, and how to get back in. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "vm/doctor/checks.h"
#include "vm/doctor/holders.h"

/* ---- who has it open ---- */

static bool is_gpu_node(const char *target, const void *data)
{
	(void)data;
	return g_str_has_prefix(target, "/dev/dri/card") || g_str_has_prefix(target, "/dev/nvidia");
}

static void check_holders(const struct patient *patient, struct finding *finding)
{
	struct holders holders;

	holders_find(&holders, patient, is_gpu_node, NULL);
	if (holders.count)
		finding_say(finding, VERDICT_OK,
			    "%u program%s open, and end%s with the desktop: %s", holders.count,
			    holders.count == 1 ? " has it" : "s have it",
			    holders.count == 1 ? "s" : "", holders.names);
	else
		finding_say(finding, VERDICT_OK, "%s has it open%s",
			    holders.hidden ? "no program of yours" : "no program",
			    holders.hidden ? " (others' cannot be seen)" : "");
	holders_finish(&holders);
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
