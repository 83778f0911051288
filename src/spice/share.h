/* spice/share.h - what of this computer is the guest's, too: USB devices and one folder.
 *
 * The library redirects and serves; which devices is said by a filter of its language.
 */
#ifndef SPICE_SHARE_H
#define SPICE_SHARE_H

#include <glib.h>

/* NULL: none. */
struct share_wishes {
	const char *folder; /* the guest reads and writes it, by WebDAV */
	const char *usb;    /* "auto", or "046d:c52b,0951:1666" */
};

/* The filter of "046d:c52b,...", or of "auto": all but keyboards and mice. NULL: `error` says what
 * is wrong with it. Pure; the caller frees. */
char *share_filter(const char *usb, GError **error);

/* Prints the devices that there are, a line each. FALSE: why there are none to be had. */
gboolean share_list_usb(GError **error);

#endif
