/* There is no oriel-helper in this build. */
#include "vm/run/helper.h"

static gboolean refuse(GError **error)
{
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
		    "this build has no oriel-helper, which does what needs root");
	return FALSE;
}

struct helper *helper_start(const char *machine, GError **error)
{
	(void)machine;
	refuse(error);
	return NULL;
}

gboolean helper_ask(struct helper *self, char *const *words, char **value, GError **error)
{
	(void)self, (void)words, (void)value;
	return refuse(error);
}

gboolean helper_end(struct helper *self, GError **error)
{
	(void)self, (void)error;
	return TRUE;
}

gboolean helper_restore(const char *machine, GError **error)
{
	(void)machine, (void)error;
	return TRUE;
}
