/* vm/host/read.h - small files of sysfs, by what they hold. `dir` is a folder, `name` a file in it.
 */
#ifndef VM_HOST_READ_H
#define VM_HOST_READ_H

#define READ_MAX 4096 /* bytes: what a file of sysfs holds at most */

/* "0x10de\n"; 0 where there is no such file. */
unsigned read_hex(const char *dir, const char *name);

/* "-1\n"; `otherwise` where there is no such file, or no number in it. */
int read_number(const char *dir, const char *name, int otherwise);

/* 0 where there is no such file; never less than that. */
unsigned read_count(const char *dir, const char *name);

/* What `parse` makes of it (text.h has some); NULL where there is no such file. The caller frees.
 */
char *read_parsed(const char *dir, const char *name, char *parse(const char *text));

#endif
