/* cmd: the descriptors of all commands, as commands.c lists them and their files define them. */
#pragma once
#include "cli/command.h"

extern const struct command cmd_attach, cmd_cleardump, cmd_completion, cmd_conf, cmd_convert,
	cmd_daemon, cmd_delete, cmd_describe, cmd_doctor, cmd_env, cmd_events, cmd_flush, cmd_get,
	cmd_help, cmd_id, cmd_import, cmd_init, cmd_jlist, cmd_kill, cmd_list, cmd_logs,
	cmd_multiset, cmd_pid, cmd_ping, cmd_prettylist, cmd_reload, cmd_reload_logs, cmd_report,
	cmd_reset, cmd_restart, cmd_resurrect, cmd_save, cmd_scale, cmd_schema, cmd_send,
	cmd_send_signal, cmd_set, cmd_start, cmd_start_or_reload, cmd_start_or_restart, cmd_stop,
	cmd_unset, cmd_validate;
