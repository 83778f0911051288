/* The memory through which the picture comes. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <oriel/oriel.h>

#include "vm/doctor/checks.h"
#include "vm/plan/plan.h"

/* ---- the file or device ---- */

static bool look_at(const struct patient *patient, const char *path, struct stat *out)
{
	g_autofree char *whole = g_strconcat(patient->sysroot, path, NULL);

	return stat(whole, out) == 0;
}

static bool is_power_of_two(uint64_t size)
{
	return size && !(size & (size - 1));
}

static void offer_removal(struct finding *finding, const char *path, const struct stat *found)
{
	finding_advise(finding, "with no machine running: rm %s", path);
	if (found->st_uid == geteuid() && g_str_has_prefix(path, "/dev/shm/"))
		finding_offer(finding, FIX_RUN, "remove the stale shared memory",
			      WORDS("rm", "--", path));
}

/* libvirt's QEMU is another user: a file that is made at boot is open to both. */
static void advise_for_both(const struct patient *patient, const char *path,
			    struct finding *finding)
{
	g_autofree char *line = g_strdup_printf("f %s 0660 %s kvm -", path, patient->answers.user);

	if (!patient_has(patient, "/etc/libvirt/qemu"))
		return;
	finding_advise(finding, "where a machine of libvirt uses it:");
	advise_file(finding, "make the shared memory for you and libvirt's QEMU",
		    "/etc/tmpfiles.d/10-oriel-memory.conf", line);
}

/* Who opens a file of another user in /dev/shm as one that may be new is refused, whatever its
 * mode. Ours do not; some of others' do. */
static void check_protected(const struct patient *patient, const char *path,
			    const struct stat *found, struct finding *finding)
{
	g_autofree char *level = patient_line(patient, "/proc/sys/fs/protected_regular");

	if (level && *level >= '1' && *level <= '2' && found->st_uid != geteuid())
		finding_say(finding, VERDICT_OK,
			    "%s is of user %u: programs that would make it are refused "
			    "(fs.protected_regular=%c)",
			    path, found->st_uid, *level);
}

/* `wanted` 0: any. */
static void check_file(const struct patient *patient, const char *path, uint64_t wanted,
		       struct finding *finding)
{
	struct stat found;
	g_autofree char *wanted_name = size_name(wanted);

	if (!look_at(patient, path, &found)) {
		finding_say(finding, VERDICT_OK, "%s is not there yet; a start makes it", path);
		return;
	}
	g_autofree char *size = size_name((uint64_t)found.st_size);
	if (!S_ISREG(found.st_mode)) {
		finding_say(finding, VERDICT_FAIL, "%s is no file", path);
		offer_removal(finding, path, &found);
	} else if (!is_power_of_two((uint64_t)found.st_size) ||
		   (wanted && (uint64_t)found.st_size != wanted)) {
		finding_say(finding, VERDICT_FAIL, "%s has %s%s%s: QEMU would not start", path,
			    size, wanted ? ", wanted " : ", no power of two",
			    wanted ? wanted_name : "");
		offer_removal(finding, path, &found);
	} else if (patient_access(patient, path, R_OK | W_OK)) {
		finding_say(finding, VERDICT_FAIL, "%s is not open to %s (owner %u, mode %04o)",
			    path, patient->answers.user, found.st_uid, found.st_mode & 07777);
		finding_advise(finding, "sudo chown %s %s, or: sudo rm %s", patient->answers.user,
			       path, path);
		advise_for_both(patient, path, finding);
	} else {
		finding_say(finding, VERDICT_OK, "%s has %s", path, size);
		check_protected(patient, path, &found, finding);
	}
}

#define KVMFR_RULE "SUBSYSTEM==\"kvmfr\", GROUP=\"kvm\", MODE=\"0660\", TAG+=\"uaccess\""

/* The first number of the module's list; 0: it does not tell. */
static uint64_t kvmfr_size(const struct patient *patient)
{
	g_autofree char *text = patient_line(patient,
					     "/sys/module/kvmfr/parameters/static_size_mb");
	uint64_t mib;

	return text && texts_number(text, &mib) && mib < 1 << 20 ? mib << 20 : 0;
}

static void kvmfr_is_missing(const char *path, struct finding *finding)
{
	finding_say(finding, VERDICT_FAIL, "%s is not there", path);
	finding_advise(finding,
		       "install the module kvmfr (Looking Glass has its source, for DKMS), "
		       "then: sudo modprobe kvmfr static_size_mb=64");
	finding_advise(finding, "or do without: display.memory: doorbell");
}

static void check_kvmfr(const struct patient *patient, const char *path, uint64_t wanted,
			struct finding *finding)
{
	uint64_t size = kvmfr_size(patient);
	g_autofree char *name = size_name(size), *wanted_name = size_name(wanted);
	struct stat found;

	if (!look_at(patient, path, &found)) {
		kvmfr_is_missing(path, finding);
	} else if (!S_ISCHR(found.st_mode)) {
		finding_say(finding, VERDICT_FAIL,
			    "%s is a file, no device: something was started "
			    "before the module was loaded",
			    path);
		finding_advise(finding, "sudo rm %s, then: sudo modprobe kvmfr", path);
	} else if (patient_access(patient, path, R_OK | W_OK)) {
		finding_say(finding, VERDICT_FAIL, "%s is not open to %s", path,
			    patient->answers.user);
		advise_file(finding, "let the user at the seat open kvmfr",
			    "/etc/udev/rules.d/70-kvmfr.rules", KVMFR_RULE);
		finding_advise(finding, "sudo udevadm control --reload; sudo udevadm trigger");
	} else if (size && size < wanted) {
		finding_say(finding, VERDICT_FAIL, "kvmfr has %s, the machine wants %s", name,
			    wanted_name);
		finding_advise(finding,
			       "sudo modprobe -r kvmfr; sudo modprobe kvmfr "
			       "static_size_mb=%u",
			       (unsigned)(wanted >> 20));
	} else {
		finding_say(finding, VERDICT_OK, "%s%s%s", path, size ? " has " : "",
			    size ? name : "");
	}
}

/* Without a machine: whatever lies there. */
static void check_all(const struct patient *patient, struct finding *finding)
{
	g_auto(GStrv) names = patient_list(patient, NULL, "/dev/shm");
	unsigned count = 0;

	for (char **name = names; *name; name++) {
		g_autofree char *path = g_build_filename("/dev/shm", *name, NULL);
		if (strcmp(*name, "looking-glass") != 0 && !g_str_has_prefix(*name, "oriel-"))
			continue;
		check_file(patient, path, 0, finding);
		count++;
	}
	if (patient_has(patient, "/dev/kvmfr0")) {
		check_kvmfr(patient, "/dev/kvmfr0", 0, finding);
		count++;
	}
	if (!count)
		finding_say(finding, VERDICT_OK, "none yet; a start makes it");
}

static void check_amount(const struct vm_display *display, struct finding *finding)
{
	uint64_t least = oriel_shm_size(display->resolution.width, display->resolution.height,
					display->hdr ? 8 : 4);
	g_autofree char *name = size_name(least), *size = size_name(display->size);

	if (!display->size || display->size >= least)
		return;
	finding_say(finding, VERDICT_WARN,
		    "display.size: %s is too little for %ux%u, which takes "
		    "%s",
		    size, display->resolution.width, display->resolution.height, name);
	finding_advise(finding, "leave display.size out, or make it %s", name);
}

void check_shared_memory(const struct patient *patient, struct finding *finding)
{
	const struct vm_display *display = patient->vm ? &patient->vm->display : NULL;

	if (!display) {
		check_all(patient, finding);
		return;
	}
	if (display->kind != VM_DISPLAY_ORIEL) {
		finding_say(finding, VERDICT_NOT_NEEDED, "this machine's screen comes another way");
		return;
	}
	check_amount(display, finding);
	uint64_t size = plan_memory_size(display);
	g_autofree char *file = g_strdup_printf("/dev/shm/oriel-%s", patient->vm->name);
	if (display->memory == VM_SHARED_KVMFR)
		check_kvmfr(patient, display->device, size, finding);
	else if (display->memory == VM_SHARED_PLAIN)
		check_file(patient, file, size, finding);
	else
		finding_say(finding, VERDICT_OK, "oriel shmd serves it");
}

/* ---- Secure Boot ---- */

void check_lockdown(const struct patient *patient, struct finding *finding)
{
	bool kvmfr = patient->vm && patient->vm->display.memory == VM_SHARED_KVMFR;
	int error;
	g_autofree char *text = patient_read(patient, &error, "/sys/kernel/security/lockdown");

	if (!text) {
		finding_say(finding, error == ENOENT ? VERDICT_OK : VERDICT_UNKNOWN,
			    error == ENOENT ? "no sign of any"
					    : "/sys/kernel/security/lockdown may not be read");
		return;
	}
	if (strstr(text, "[none]")) {
		finding_say(finding, VERDICT_OK, "none");
		return;
	}
	if (!kvmfr) {
		finding_say(finding, VERDICT_OK,
			    "locked down; VFIO, ROMs and SR-IOV work all the "
			    "same");
		return;
	}
	bool loaded = patient_has(patient, "/sys/module/kvmfr");
	finding_say(finding, loaded ? VERDICT_OK : VERDICT_WARN,
		    loaded ? "locked down; kvmfr is signed"
			   : "locked down (Secure Boot): kvmfr has to be signed");
	if (!loaded) {
		finding_advise(finding, "enrol the key that DKMS signs with: sudo mokutil --import "
					"/var/lib/dkms/mok.pub, and start the computer anew");
		finding_advise(finding, "or do without kvmfr: display.memory: doorbell");
	}
}

/* ---- versions ---- */

/* What a capture program writes first: this mark, then the version, little endian. The mark may
 * stand anywhere in what is allocated, which is at the beginning. */
#define MARK      "KVMFR---"
#define MARK_SPAN (1 << 20)
#define OUR_KVMFR 20

/* 0: no capture program has been there. */
static uint32_t find_version(const uint8_t *bytes, size_t length)
{
	const uint8_t *at = memmem(bytes, length, MARK, strlen(MARK));
	size_t left = at ? length - (size_t)(at - bytes) - strlen(MARK) : 0;

	if (left < 4)
		return 0;
	at += strlen(MARK);
	return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static uint32_t read_version(const struct patient *patient, const char *path)
{
	g_autofree char *whole = g_strconcat(patient->sysroot, path, NULL);
	g_autofree uint8_t *bytes = g_malloc(MARK_SPAN);
	struct stat found;
	/* No device: reading those may wait. */
	FILE *file = stat(whole, &found) == 0 && S_ISREG(found.st_mode) ? fopen(whole, "re") : NULL;
	size_t length = file ? fread(bytes, 1, MARK_SPAN, file) : 0;

	if (file)
		fclose(file);
	return find_version(bytes, length);
}

static void check_version(const struct patient *patient, const char *path, struct finding *finding)
{
	uint32_t version = read_version(patient, path);

	if (!version) {
		finding_say(finding, VERDICT_OK, "%s: no capture program has run yet", path);
	} else if (version == OUR_KVMFR) {
		finding_say(finding, VERDICT_OK, "%s: the guest speaks KVMFR %u, as Oriel", path,
			    version);
	} else {
		finding_say(finding, VERDICT_FAIL, "%s: the guest speaks KVMFR %u, Oriel speaks %u",
			    path, version, OUR_KVMFR);
		finding_advise(finding,
			       "install in the guest: oriel-guest of this release (%s), or "
			       "the Looking Glass host B7",
			       oriel_version());
	}
}

void check_versions(const struct patient *patient, struct finding *finding)
{
	g_autofree char *file = patient->vm
					? g_strdup_printf("/dev/shm/oriel-%s", patient->vm->name)
					: NULL;
	const char *const paths[] = { file, "/dev/shm/looking-glass" };
	unsigned count = 0;

	for (unsigned i = 0; i < G_N_ELEMENTS(paths); i++)
		if (paths[i] && patient_has(patient, "%s", paths[i])) {
			check_version(patient, paths[i], finding);
			count++;
		}
	if (!count)
		finding_say(finding, VERDICT_NOT_NEEDED,
			    "no shared memory with a guest in it; the "
			    "viewer tells when there is");
}
