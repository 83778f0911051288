/* libvirt beside us: what it may hold already, and the rules of its QEMU. It is never asked, since
 * its daemon may hang; its files are read. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "vm/doctor/checks.h"
#include "vm/doctor/domain.h"

static const char *const libraries[] = { "/usr/lib/x86_64-linux-gnu/libvirt.so.0",
					 "/usr/lib64/libvirt.so.0", "/usr/lib/libvirt.so.0" };

/* "libvirt.so.0.9000.0" is 9.0.0: 9000; 0: not installed, or it does not tell. */
static unsigned read_version(const struct patient *patient)
{
	for (size_t i = 0; i < ARRAY_LEN(libraries); i++) {
		g_autofree char *name = patient_link(patient, libraries[i]);
		unsigned version;
		if (name && sscanf(name, "libvirt.so.0.%9u", &version) == 1)
			return version;
	}
	return 0;
}

static bool is_installed(const struct patient *patient)
{
	return read_version(patient) || patient_has(patient, "/etc/libvirt/qemu");
}

/* ---- machines ---- */

static const char *device_clash(const struct patient *patient, const struct domain *domain)
{
	for (unsigned i = 0; i < patient->gpus->len; i++) {
		const struct patient_gpu *gpu = patient->gpus->pdata[i];
		for (unsigned d = 0; gpu->device && d < domain->devices->len; d++)
			if (memcmp(&g_array_index(domain->devices, struct pci_address, d),
				   &gpu->device->address, sizeof(struct pci_address)) == 0)
				return gpu->name;
	}
	return NULL;
}

/* What it has of ours; NULL: nothing. */
static const char *find_clash(const struct patient *patient, const struct domain *domain)
{
	g_autofree char *memory = patient->vm ? g_strdup_printf("oriel-%s", patient->vm->name)
					      : NULL;
	const char *clash = device_clash(patient, domain);

	for (unsigned i = 0; !clash && i < domain->mediated->len; i++)
		clash = mediated_clash(patient, domain->mediated->pdata[i]);
	for (unsigned i = 0; !clash && i < domain->memories->len; i++)
		clash = g_strcmp0(domain->memories->pdata[i], memory) == 0 ? "its shared memory"
									   : NULL;
	return clash;
}

static const char *find_clash_in(const struct patient *patient, const char *xml)
{
	struct domain domain;

	domain_parse(&domain, xml);
	const char *clash = find_clash(patient, &domain);
	domain_finish(&domain);
	return clash;
}

/* Folders of machines: defined, started with the computer, running now. */
static const struct {
	const char *path;
	enum verdict verdict; /* of one that has something of ours */
	const char *says, *advice;
} folders[] = {
	{ "/run/libvirt/qemu", VERDICT_FAIL, "runs now", "virsh shutdown %s" },
	{ "/etc/libvirt/qemu/autostart", VERDICT_WARN, "starts with this computer",
	  "virsh autostart --disable %s" },
	{ "/etc/libvirt/qemu", VERDICT_OK, "is defined", NULL },
};

static void check_domain(const struct patient *patient, size_t folder, const char *name,
			 struct finding *finding)
{
	g_autofree char *path = g_build_filename(folders[folder].path, name, NULL);
	int error;
	g_autofree char *xml = patient_read(patient, &error, path);
	const char *clash = xml ? find_clash_in(patient, xml) : NULL;
	g_autofree char *domain = g_strndup(name, strlen(name) - strlen(".xml"));

	if (!xml && error == EACCES)
		finding_say(finding, VERDICT_UNKNOWN, "%s may be read by root only", path);
	if (!clash)
		return;
	finding_say(finding, folders[folder].verdict, "libvirt's %s has %s and %s", domain, clash,
		    folders[folder].says);
	if (folders[folder].advice) {
		g_auto(GStrv) parts = g_strsplit(folders[folder].advice, "%s", 2);
		finding_advise(finding, "%s%s", parts[0], domain);
	}
}

static unsigned check_domains(const struct patient *patient, size_t folder, struct finding *finding)
{
	int error;
	g_auto(GStrv) names = patient_list(patient, &error, folders[folder].path);
	unsigned count = 0;

	if (error == EACCES)
		finding_say(finding, VERDICT_UNKNOWN, "%s may be read by root only",
			    folders[folder].path);
	for (char **name = names; *name; name++)
		if (g_str_has_suffix(*name, ".xml")) {
			check_domain(patient, folder, *name, finding);
			count++;
		}
	return count;
}

void check_libvirt(const struct patient *patient, struct finding *finding)
{
	unsigned machines = 0;

	check_mediated(patient, finding);
	if (!is_installed(patient)) {
		finding_say(finding, VERDICT_NOT_NEEDED, "libvirt is not installed");
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(folders); i++)
		machines = MAX(machines, check_domains(patient, i, finding));
	if (finding->verdict == VERDICT_UNKNOWN)
		finding_advise(finding, "sudo virsh list --all shows libvirt's machines: none that "
					"runs may have the same GPU");
	finding_say(finding, VERDICT_OK, "%u machine%s", machines, machines == 1 ? "" : "s");
	if (patient_has(patient, "/etc/libvirt/hooks/qemu"))
		finding_say(finding, VERDICT_OK,
			    "its hooks (/etc/libvirt/hooks/qemu) do not run "
			    "for Oriel's machines");
}

/* ---- security modules ---- */

#define APPARMOR_FILE "/etc/apparmor.d/local/abstractions/libvirt-qemu"

static const char *shared_path(const struct patient *patient)
{
	bool kvmfr = patient->vm ? patient->vm->display.memory == VM_SHARED_KVMFR
				 : patient_has(patient, "/dev/kvmfr0");

	return kvmfr ? "/dev/kvmfr0" : "/dev/shm/oriel-*";
}

static void check_apparmor(const struct patient *patient, struct finding *finding)
{
	const char *path = shared_path(patient);
	int error;
	g_autofree char *rules = patient_read(patient, &error, APPARMOR_FILE);
	g_autofree char *common = patient_read(patient, NULL,
					       "/etc/apparmor.d/abstractions/libvirt-qemu");

	if ((rules && strstr(rules, path)) || (common && strstr(common, path))) {
		finding_say(finding, VERDICT_OK, "AppArmor, with a rule for %s", path);
		return;
	}
	if (!rules && error == EACCES) {
		finding_say(finding, VERDICT_UNKNOWN,
			    "AppArmor; " APPARMOR_FILE " may not be read");
		return;
	}
	finding_say(finding, VERDICT_WARN,
		    "AppArmor keeps libvirt's machines from %s; those of "
		    "oriel up are free",
		    path);
	finding_advise(finding,
		       "for machines that libvirt runs, put into " APPARMOR_FILE ": %s rw,", path);
}

static void check_selinux(const struct patient *patient, struct finding *finding)
{
	g_autofree char *enforces = patient_line(patient, "/sys/fs/selinux/enforce");
	const char *path = shared_path(patient);

	if (!enforces || strcmp(enforces, "0") == 0) {
		finding_say(finding, enforces ? VERDICT_OK : VERDICT_UNKNOWN,
			    enforces ? "SELinux only warns"
				     : "SELinux does not say whether it "
				       "enforces");
		return;
	}
	finding_say(finding, VERDICT_WARN,
		    "SELinux keeps libvirt's machines from %s; those of oriel "
		    "up are free",
		    path);
	finding_advise(finding,
		       "for machines that libvirt runs: sudo semanage fcontext -a -t "
		       "svirt_tmpfs_t '%s', then: sudo restorecon -v %s",
		       strchr(path, '*') ? "/dev/shm/oriel-.*" : path, path);
}

void check_security(const struct patient *patient, struct finding *finding)
{
	unsigned version = read_version(patient);
	int error;
	g_autofree char *modules = patient_read(patient, &error, "/sys/kernel/security/lsm");

	if (!is_installed(patient)) {
		finding_say(finding, VERDICT_NOT_NEEDED,
			    "libvirt is not installed, and machines of "
			    "oriel up are not confined");
		return;
	}
	if (!modules) {
		finding_say(finding, VERDICT_UNKNOWN,
			    error == ENOENT ? "/sys/kernel/security is not mounted here"
					    : "/sys/kernel/security/lsm: %s",
			    g_strerror(error));
		return;
	}
	if (version && version < 5010) {
		finding_say(finding, VERDICT_WARN,
			    "libvirt %u.%u forgets the rules of devices that "
			    "are added by <qemu:commandline>",
			    version / 1000, version % 1000);
		finding_advise(finding, "take libvirt 5.10 or newer");
	}
	if (texts_word(modules, "apparmor"))
		check_apparmor(patient, finding);
	else if (texts_word(modules, "selinux"))
		check_selinux(patient, finding);
	else
		finding_say(finding, VERDICT_OK, "no module that confines QEMU");
}
