/* cmd: the descriptors of all commands, as commands.c lists them and their files define them. */
#pragma once
#include "cli/command.h"

extern const struct command cmd_daemon, cmd_delete, cmd_describe, cmd_doctor, cmd_env, cmd_events,
	cmd_flush, cmd_help, cmd_id, cmd_jlist, cmd_kill, cmd_list, cmd_logs, cmd_pid, cmd_ping,
	cmd_reload_logs, cmd_reset, cmd_restart, cmd_resurrect, cmd_save, cmd_scale, cmd_send,
	cmd_send_signal, cmd_start, cmd_stop, cmd_validate;
extern const struct command cmd_conf, cmd_convert, cmd_get, cmd_import, cmd_init, cmd_multiset,
	cmd_schema, cmd_set, cmd_unset;
extern const struct command cmd_completion;
