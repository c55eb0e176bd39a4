#include "cli/cmd.h"

const struct command *const commands[] = {
	&cmd_start,    &cmd_stop,	 &cmd_restart,	   &cmd_delete,
	&cmd_scale,    &cmd_reset,	 &cmd_send_signal, &cmd_send,
	&cmd_list,     &cmd_describe,	 &cmd_jlist,	   &cmd_env,
	&cmd_pid,      &cmd_id,		 &cmd_events,	   &cmd_logs,
	&cmd_flush,    &cmd_reload_logs, &cmd_save,	   &cmd_resurrect,
	&cmd_validate, &cmd_ping,	 &cmd_daemon,	   &cmd_kill,
	&cmd_doctor,   &cmd_help,	 &cmd_set,	   &cmd_get,
	&cmd_unset,    &cmd_conf,	 &cmd_multiset,	   &cmd_schema,
	&cmd_init,     &cmd_convert,	 &cmd_completion,  &cmd_import,
	NULL,
};
