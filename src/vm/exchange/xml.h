/* vm/exchange/xml.h - writes XML a line at a time. Each %s is escaped, so tags are in the format
 * and whatever somebody wrote is an argument. Pure. */
#ifndef VM_EXCHANGE_XML_H
#define VM_EXCHANGE_XML_H

#include <glib.h>

struct xml {
	GString *text;
	GPtrArray *open; /* names of elements, static */
};

void xml_init(struct xml *self);

/* Whole elements: "<vcpu>%u</vcpu>". */
G_GNUC_PRINTF(2, 3) void xml_line(struct xml *self, const char *format, ...);

/* "<devices>" and whatever comes until it is closed; `name` stays as long. */
void xml_open(struct xml *self, const char *name);

/* The same with attributes: "type='%s'". */
G_GNUC_PRINTF(3, 4)
void xml_open_with(struct xml *self, const char *name, const char *attributes, ...);

void xml_close(struct xml *self);

/* The text, for the caller to free; all that is open is closed first. */
char *xml_finish(struct xml *self);

#endif
