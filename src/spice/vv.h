/* spice/vv.h - connection files, as virt-viewer writes and reads them: what web consoles hand out.
 *
 *	[virt-viewer]
 *	type=spice
 *	host=vm.example
 *	tls-port=5901
 *	password=...
 *
 * vv_parse() is pure, any thread. The file may come from anywhere.
 */
#ifndef SPICE_VV_H
#define SPICE_VV_H

#include "spice/address.h"

#define VV_MAX 65536 /* bytes of a file: one with all certificates of an office has less */

/* What is not said is NULL. */
struct vv {
	struct address address;
	char *password, *title;
	char *ca;      /* certificates, PEM */
	char *subject; /* of the server's certificate */
	gboolean once; /* whoever reads the file deletes it: what it says holds once */
};

/* FALSE: `error` says what is wrong with it, without a name. */
gboolean vv_parse(struct vv *out, const char *text, gsize length, GError **error);

/* The same of a file, which is deleted if it wants that and could be understood. */
gboolean vv_read(struct vv *out, const char *path, GError **error);

void vv_clear(struct vv *self);

#endif
