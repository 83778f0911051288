/* vm/cmd.h - the subcommands of `oriel`, one cmd_NAME.c each. */
#ifndef VM_CMD_H
#define VM_CMD_H

/* argv[0] is the subcommand's name. Each returns the process's exit status. */
int cmd_cd(int argc, char **argv);
int cmd_console(int argc, char **argv);
int cmd_demo(int argc, char **argv);
int cmd_doctor(int argc, char **argv);
int cmd_down(int argc, char **argv);
int cmd_export(int argc, char **argv);
int cmd_gpu(int argc, char **argv);
int cmd_help(int argc, char **argv);
int cmd_import(int argc, char **argv);
int cmd_init(int argc, char **argv);
int cmd_ls(int argc, char **argv);
int cmd_pause(int argc, char **argv);
int cmd_plan(int argc, char **argv);
int cmd_resume(int argc, char **argv);
int cmd_rom(int argc, char **argv);
int cmd_shmd(int argc, char **argv);
int cmd_shot(int argc, char **argv);
int cmd_snapshot(int argc, char **argv);
int cmd_up(int argc, char **argv);
int cmd_usb(int argc, char **argv);
int cmd_view(int argc, char **argv);

#endif
