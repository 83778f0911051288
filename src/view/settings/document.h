/* view/settings/document.h - the schema in the languages of manuals and shells. Any thread. */
#ifndef VIEW_DOCUMENT_H
#define VIEW_DOCUMENT_H

#include <glib.h>

/* A page for scdoc, in which the line @OPTIONS@ stands for all options and @LATER@ for what only
 * later versions know. */
char *document_man(const char *page);

char *document_bash(void);
char *document_fish(void);
char *document_zsh(void);

#endif
