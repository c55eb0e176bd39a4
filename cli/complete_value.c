#include "cli/complete_value.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "cli/args_flag.h"
#include "cli/command.h"
#include "shared/base/mem.h"
#include "shared/base/str.h"
#include "shared/base/strlist.h"
#include "shared/base/units.h"
#include "shared/spec/app_spec.h"

#define SIGNALS 31

/* Words of usage lines that stand for something else; what is not here and in lower case is meant
 * literally. */
static const char *const placeholders[] = {
	"app", "id",	"namespace", "file", "script", "command", "signal", "name",
	"key", "value", "line",	     "text", "path",   "folder",  "user",   NULL,
};

static void add(const struct complete_value *value, const char *word, const char *text,
		struct str *out)
{
	_cleanup_(mem_freep) char *whole = mem_printf("%.*s%s", (int)value->prefix_len,
						      value->prefix ? value->prefix : "", word);

	complete_add(out, whole, text);
}

static void add_signals(const struct complete_value *value, struct str *out)
{
	for (int i = 1; i <= SIGNALS; i++)
		add(value, units_signal_name(i), "signal", out);
}

/* "raw: lines as they are. json: …" says of each choice what it means. */
static const char *text_of_choice(const struct option *option, const char *word)
{
	_cleanup_(mem_freep) char *head = mem_printf("%s: ", word);
	const char *text = strstr(option->doc, head);

	return text ? text + strlen(head) : option->doc;
}

static void add_choices(const struct complete_value *value, const struct option *option,
			struct str *out)
{
	for (const char *const *choice = option->choices; *choice; choice++) {
		_cleanup_(mem_freep) char *word =
			mem_strndup(*choice, strcspn(*choice, "|")); /* the others are spellings */

		add(value, word, text_of_choice(option, word), out);
	}
}

static void add_by_type(const struct complete_value *value, const struct option *option,
			struct str *out)
{
	switch (option->type) {
	case OPTION_ENUM:
		add_choices(value, option, out);
		break;
	case OPTION_BOOL:
		add(value, "true", option->doc, out);
		add(value, "false", option->doc, out);
		break;
	case OPTION_INSTANCES:
		add(value, "max", option->doc, out);
		break;
	case OPTION_SIGNALS:
		add_signals(value, out);
		break;
	case OPTION_PATH:
	case OPTION_PATH_OR_BOOL:
		str_append(out,
			   option == &app_spec_table.rows[SPEC_cwd] ? "\tfolders\n" : "\tfiles\n");
		break;
	case OPTION_DURATION:
	case OPTION_SIZE:
	case OPTION_INT:
	case OPTION_STRING:
	case OPTION_OCTAL:
	case OPTION_STRLIST:
	case OPTION_NAMES:
	case OPTION_LIST_OR_BOOL:
	case OPTION_INTLIST:
	case OPTION_KEYVAL:
	case OPTION_LIMITS:
		break; /* anything: nothing can be offered */
	}
}

void complete_value_add(const struct complete_value *value, const struct args_flag *flag,
			const char *typed, struct str *out)
{
	if (flag->own == &flags_table.rows[FLAG_app] && value->prefix_len == 0)
		value->source->apps(value->source->user, typed, out);
	else if (flag->own || flag->app)
		add_by_type(value, flag->own ? flag->own : flag->app, out);
}

static bool is_placeholder(const char *word)
{
	for (const char *const *known = placeholders; *known; known++) {
		if (strcmp(*known, word) == 0)
			return true;
	}
	return false;
}

static void add_commands(struct str *out)
{
	for (size_t i = 0; commands[i]; i++)
		complete_add(out, commands[i]->name, commands[i]->summary);
}

/* One alternative of "app|id|file|all". */
static void add_alternative(const char *word, bool alone, const char *typed,
			    const struct complete_source *source, struct str *out)
{
	if (strcmp(word, "app") == 0)
		source->apps(source->user, typed, out);
	else if (strcmp(word, "file") == 0 || strcmp(word, "folder") == 0)
		str_append(out, "\tfiles\n");
	else if (strcmp(word, "signal") == 0)
		add_signals(&(struct complete_value){}, out);
	else if (strcmp(word, "command") == 0)
		add_commands(out);
	else if (islower((unsigned char)word[0]) && !alone && !is_placeholder(word))
		complete_add(out, word, strcmp(word, "all") == 0 ? "every app" : "");
}

void complete_value_of_usage(const struct command *command, size_t index, const char *typed,
			     const struct complete_source *source, struct str *out)
{
	_cleanup_(strlist_done) struct strlist slots = {}, words = {};
	bool bracketed;

	if (!command->args)
		return;
	strlist_split(&slots, command->args, " ");
	if (index >= slots.count && str_ends(command->args, "..."))
		index = slots.count - 1;
	if (index >= slots.count)
		return;
	bracketed = strpbrk(slots.items[index], "<[") != NULL; /* `import pm2` is meant literally */
	strlist_split(&words, slots.items[index], "<>[].|");
	for (size_t i = 0; i < words.count; i++)
		add_alternative(words.items[i], words.count == 1 && bracketed, typed, source, out);
}
