#include "cli/help.h"

#include <string.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/out/style.h"
#include "cli/out/table.h"
#include "cli/out/wrap.h"
#include "shared/base/mem.h"
#include "shared/base/str.h"
#include "shared/base/utf8.h"
#include "shared/spec/app_spec.h"

#define WIDTH_MAX 100
#define INDENT 2
#define NAMES_MIN 14 /* width of the column of names */
#define NAMES_MAX 32
#define TEXT_MIN 28 /* a narrower text stands below its name */

static const char *const group_titles[] = {
	[GROUP_DAILY] = "Every day",
	[GROUP_APPS] = "More to do with apps",
	[GROUP_LOOK] = "More to know of apps",
	[GROUP_LOGS] = "Log files",
	[GROUP_FILES] = "Ecosystem files",
	[GROUP_LIST] = "The saved list, and the one of PM2",
	[GROUP_DAEMON] = "The daemon and this machine",
	[GROUP_REST] = "Help, completion, settings",
};

const char *help_group_title(enum command_group group)
{
	return group_titles[group];
}

unsigned help_width(void)
{
	return table_terminal_width(STDOUT_FILENO, 80);
}

/* Longer lines are tiring to read. */
static unsigned readable(unsigned width)
{
	return width > WIDTH_MAX ? WIDTH_MAX : width;
}

/* A name and its text side by side; below each other where there is no room. */
static void append_pair(struct str *out, const struct style *style, unsigned column, unsigned width,
			const char *name, const char *text)
{
	unsigned used = INDENT + utf8_width(name, strlen(name));

	if (column + TEXT_MIN > width)
		column = INDENT + 4;
	str_append_repeat(out, ' ', INDENT);
	style_appendf(style, out, STYLE_ID, "%s", name);
	if (used + 1 > column) {
		str_append_char(out, '\n');
		used = 0;
	}
	str_append_repeat(out, ' ', column - used);
	wrap_append(out, column, width, text);
}

static void append_title(struct str *out, unsigned width, const struct style *style,
			 const char *title)
{
	str_append_char(out, '\n');
	str_append(out, style_begin(style, STYLE_TITLE));
	wrap_append(out, 0, width, title);
	str_append(out, style_end(style, STYLE_TITLE));
}

static unsigned name_column(void)
{
	size_t longest = NAMES_MIN;

	for (size_t i = 0; commands[i]; i++) {
		if (strlen(commands[i]->name) > longest)
			longest = strlen(commands[i]->name);
	}
	return INDENT + (unsigned)longest + 2;
}

void help_overview(unsigned width, const struct style *style, struct str *out)
{
	unsigned column = name_column();

	width = readable(width);
	wrap_append(out, 0, width,
		    "Usage: pmc [options] <command> [targets] [options] [-- words for the app]");
	for (int group = 0; group < GROUP_COUNT; group++) {
		append_title(out, width, style, group_titles[group]);
		for (size_t i = 0; commands[i]; i++) {
			if ((int)commands[i]->group == group)
				append_pair(out, style, column, width, commands[i]->name,
					    commands[i]->summary);
		}
	}
	append_title(out, width, style, "Targets");
	wrap_append(out, 0, width,
		    "a name, an id, a namespace, all, /regex/, or name:n for one instance by "
		    "its number");
	append_title(out, width, style, "More");
	wrap_append(out, 0, width, "`pmc <command> --help` describes a command and its options.");
}

static void append_usage(const struct command *command, unsigned width, const struct style *style,
			 struct str *out)
{
	_cleanup_(str_done) struct str usage = {};

	str_appendf(&usage, "Usage: pmc %s", command->name);
	if (command->args)
		str_appendf(&usage, " %s", command->args);
	if (command->flags || command->app_options)
		str_append(&usage, " [options]");
	if (command->app_options)
		str_append(&usage, " [-- words for the app]");
	wrap_append(out, 0, width, str_cstr(&usage));
	str_append_char(out, '\n');
	wrap_append(out, 0, width, command->summary);
	if (command->doc) {
		str_append_char(out, '\n');
		wrap_append(out, 0, width, command->doc);
	}
	if (!command->aliases)
		return;
	append_title(out, width, style, "Also called");
	str_append_repeat(out, ' ', INDENT);
	for (size_t i = 0; command->aliases[i]; i++)
		str_appendf(out, "%s%s", i ? ", " : "", command->aliases[i]);
	str_append_char(out, '\n');
}

/* "-n, --name <text>" and "--[no-]autorestart" */
static void append_name(const struct option *option, struct str *name)
{
	bool negatable = option->type == OPTION_BOOL && option->def && option->def[0] == 't';

	if (option->short_flag)
		str_appendf(name, "-%c, ", option->short_flag);
	str_appendf(name, "--%s%s", negatable ? "[no-]" : "", option->flag);
	if (option->type == OPTION_BOOL)
		return;
	str_append(name, " <");
	option_type_word(option, name);
	str_append(name, ">");
}

static void append_option(const struct option *option, unsigned column, unsigned width,
			  const struct style *style, struct str *out)
{
	_cleanup_(str_done) struct str name = {}, text = {};

	append_name(option, &name);
	str_append(&text, option->doc);
	if (option->type != OPTION_BOOL && option->def)
		str_appendf(&text, " Default: %s.", option->def);
	if (option->status == OPTION_NOT_YET)
		str_append(&text, " (Not yet obeyed.)");
	append_pair(out, style, column, width, str_cstr(&name), str_cstr(&text));
}

/* Where the texts begin: behind the longest name, but no further than NAMES_MAX. */
static unsigned text_column(const struct command *command)
{
	size_t longest = NAMES_MIN;

	if (command->app_options)
		return INDENT + NAMES_MAX;
	for (const enum flags_id *id = command->flags; id && *id != FLAG_END; id++) {
		_cleanup_(str_done) struct str name = {};

		append_name(&flags_table.rows[*id], &name);
		longest = name.len > longest ? name.len : longest;
	}
	longest += 2;
	return INDENT + (longest < NAMES_MAX ? (unsigned)longest : NAMES_MAX);
}

void help_command(const struct command *command, unsigned width, const struct style *style,
		  struct str *out)
{
	unsigned column = text_column(command);

	width = readable(width);
	append_usage(command, width, style, out);
	append_title(out, width, style, "Options");
	for (const enum flags_id *id = command->flags; id && *id != FLAG_END; id++)
		append_option(&flags_table.rows[*id], column, width, style, out);
	for (size_t i = 0; i < FLAGS_GLOBAL; i++)
		append_option(&flags_table.rows[i], column, width, style, out);
	if (!command->app_options)
		return;
	append_title(out, width, style,
		     "Options of the app (--x=null takes one back to its default)");
	for (size_t i = 0; i < app_spec_table.count; i++) {
		if (app_spec_table.rows[i].flag)
			append_option(&app_spec_table.rows[i], column, width, style, out);
	}
}
