/* vm/run/complaint.h - what to do about QEMU's last words, for those that are well known. Pure. */
#ifndef VM_RUN_COMPLAINT_H
#define VM_RUN_COMPLAINT_H

/* Static; NULL: nothing that we know better than QEMU. */
const char *complaint_remedy(const char *words);

#endif
