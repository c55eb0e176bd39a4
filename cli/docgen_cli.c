#include "cli/docgen_cli.h"

#include <string.h>

#include "cli/command.h"
#include "cli/docgen_text.h"
#include "cli/help.h"
#include "shared/base/mem.h"
#include "shared/base/str.h"
#include "shared/spec/app_spec.h"

static bool takes(const struct command *command, enum flags_id id)
{
	for (const enum flags_id *own = command->flags; own && *own != FLAG_END; own++) {
		if (*own == id)
			return true;
	}
	return false;
}

static void append_usage(struct str *out, const struct command *command)
{
	str_append(out, "*pmc ");
	docgen_text_append(out, command->name);
	str_append_char(out, '*');
	if (command->args) {
		str_append_char(out, ' ');
		docgen_text_append(out, command->args);
	}
	if (command->app_options)
		str_append(out, " [options of the app] [-- words for the app]");
	str_append(out, "\n\t");
}

static void append_command(struct str *out, const struct command *command)
{
	append_usage(out, command);
	docgen_text_append(out, command->summary);
	if (command->doc) {
		str_append_char(out, ' ');
		docgen_text_append(out, command->doc);
	}
	str_append(out, "\n\n");
	if (command->aliases) {
		str_append(out, "\tAlso called ");
		for (size_t i = 0; command->aliases[i]; i++) {
			str_append(out, i ? ", " : "");
			docgen_text_name(out, command->aliases[i]);
		}
		str_append(out, ".\n\n");
	}
	if (!command->flags)
		return;
	str_append(out, "\tOptions: ");
	for (const enum flags_id *id = command->flags; *id != FLAG_END; id++) {
		str_append(out, id == command->flags ? "*--" : ", *--");
		docgen_text_append(out, flags_table.rows[*id].flag);
		str_append_char(out, '*');
	}
	str_append(out, ".\n\n");
}

void docgen_cli_commands(struct str *out)
{
	for (int group = 0; group < GROUP_COUNT; group++) {
		str_appendf(out, "## %s\n\n", help_group_title((enum command_group)group));
		for (size_t i = 0; commands[i]; i++) {
			if ((int)commands[i]->group == group)
				append_command(out, commands[i]);
		}
	}
}

static void append_flag(struct str *out, const struct option *option)
{
	docgen_text_flag(out, option);
	str_append(out, "\n\t");
	docgen_text_append(out, option->doc);
	if (option->type != OPTION_BOOL && option->def) {
		str_append(out, " Default: ");
		docgen_text_append(out, option->def);
		str_append_char(out, '.');
	}
	if (option->status == OPTION_NOT_YET)
		str_append(out, " Not yet obeyed.");
}

static void append_takers(struct str *out, enum flags_id id)
{
	const char *between = " Of ";

	for (size_t i = 0; commands[i]; i++) {
		if (!takes(commands[i], id))
			continue;
		str_append(out, between);
		docgen_text_name(out, commands[i]->name);
		between = ", ";
	}
	str_append_char(out, '.');
}

void docgen_cli_command_flags(struct str *out)
{
	for (size_t i = FLAGS_GLOBAL; i < flags_table.count; i++) {
		append_flag(out, &flags_table.rows[i]);
		append_takers(out, (enum flags_id)i);
		str_append(out, "\n\n");
	}
}

void docgen_cli_global_flags(struct str *out)
{
	for (size_t i = 0; i < FLAGS_GLOBAL; i++) {
		append_flag(out, &flags_table.rows[i]);
		str_append(out, "\n\n");
	}
}

void docgen_cli_app_flags(struct str *out)
{
	for (size_t i = 0; i < app_spec_table.count; i++) {
		if (!app_spec_table.rows[i].flag)
			continue;
		append_flag(out, &app_spec_table.rows[i]);
		str_append(out, "\n\n");
	}
}
