#include "view/sandbox/enter.h"

#include <gio/gio.h>

#include "base/log.h"
#include "view/sandbox/needs.h"

/* Strict: an error. Else the one line about it. */
static gboolean lack(const struct options *options, GError **error, const char *format, ...)
	G_GNUC_PRINTF(3, 4);
static gboolean lack(const struct options *options, GError **error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	g_autofree char *text = g_strdup_vprintf(format, args);
	va_end(args);
	if (options->sandbox != SANDBOX_STRICT) {
		log_warn("sandbox: %s", text);
		return TRUE;
	}
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
		    "--sandbox=strict: %s; --sandbox=auto does without", text);
	return FALSE;
}

static gboolean judge(const struct options *options, int result, GError **error)
{
	g_autofree char *gaps = result > 0 ? sandbox_gap_text((unsigned)result) : NULL;

	if (result == 0)
		return TRUE;
	if (gaps)
		return lack(options, error, "this kernel's Landlock leaves open: %s", gaps);
	if (result == -ENOSYS || result == -EOPNOTSUPP)
		return lack(options, error,
			    "this kernel has no Landlock (lsm=landlock): files stay open");
	return lack(options, error, "Landlock: %s: files stay open", g_strerror(-result));
}

gboolean sandbox_begin(const struct options *options, const char *settings, GError **error)
{
	struct sandbox_files files;
	const char *driver;

	if (options->sandbox == SANDBOX_OFF)
		return TRUE;
	sandbox_files_init(&files);
	sandbox_need(&files, options, settings);
	driver = options->sandbox == SANDBOX_AUTO ? sandbox_need_driver(&files) : NULL;
	if (driver)
		log_warn("sandbox: %s", driver);
	int result = sandbox_close_files(&files);
	sandbox_files_clear(&files);
	return judge(options, result, error);
}

gboolean sandbox_complete(const struct options *options, GError **error)
{
	bool strict = options->sandbox == SANDBOX_STRICT;
	unsigned more = strict ? SANDBOX_NO_PROCESSES : 0;

	if (options->sandbox == SANDBOX_OFF)
		return TRUE;
	if (strict && sandbox_needs_no_sockets(options))
		more |= SANDBOX_NO_SOCKETS;
	int failed = sandbox_close_calls(more);
	if (failed == -ENOSYS)
		return lack(options, error, "built without libseccomp: system calls stay open");
	if (failed)
		return lack(options, error, "seccomp: %s: system calls stay open",
			    g_strerror(-failed));
	log_info("sandbox: files and system calls are closed%s",
		 more & SANDBOX_NO_SOCKETS ? ", and sockets" : "");
	return TRUE;
}
