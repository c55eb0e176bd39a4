#include "cli/complete.h"

#include <ctype.h>
#include <string.h>

#include "cli/args_flag.h"
#include "cli/command.h"
#include "cli/complete_value.h"
#include "shared/base/mem.h"
#include "shared/base/str.h"
#include "shared/spec/app_spec.h"

/* What the words before the cursor say. */
struct place {
	const struct command *command;
	bool unknown_command, behind_dashes;
	size_t words;		      /* targets behind the command */
	const struct args_flag *flag; /* the cursor is at its value */
	struct args_flag last;
};

/* The first sentence of a text is enough. */
void complete_add(struct str *out, const char *word, const char *text)
{
	const char *end = strstr(text, ". ");

	for (const char *c = word; *c; c++) {
		if (iscntrl((unsigned char)*c))
			return;
	}
	str_appendf(out, "%s\t%.*s\n", word, end ? (int)(end - text) : (int)strcspn(text, "\n"),
		    text);
}

static bool is_option(const char *word)
{
	return word[0] == '-' && word[1] != '\0' && !isdigit((unsigned char)word[1]);
}

static void take_option(struct place *place, const char *word)
{
	const char *attached;

	if (args_flag_find(place->command, word, &place->last, &attached) && !attached &&
	    place->last.value == ARGS_FLAG_NEEDED)
		place->flag = &place->last;
}

static void take_word(struct place *place, const char *word)
{
	if (place->flag) {
		place->flag = NULL;
	} else if (strcmp(word, "--") == 0) {
		place->behind_dashes = true;
	} else if (is_option(word)) {
		take_option(place, word);
	} else if (place->command) {
		place->words++;
	} else {
		place->command = command_find(word);
		place->unknown_command = !place->command;
	}
}

/* Aliases only where a word was begun: an empty one is to show what there is, not everything it may
 * be called. */
static void add_commands(bool begun, struct str *out)
{
	for (size_t i = 0; commands[i]; i++) {
		complete_add(out, commands[i]->name, commands[i]->summary);
		for (size_t a = 0; begun && commands[i]->aliases && commands[i]->aliases[a]; a++)
			complete_add(out, commands[i]->aliases[a], commands[i]->summary);
	}
}

static void add_flag(const struct option *option, struct str *out)
{
	bool negatable = option->type == OPTION_BOOL && option->def && option->def[0] == 't';
	_cleanup_(mem_freep) char *word =
		mem_printf("--%s%s", negatable ? "no-" : "", option->flag);

	complete_add(out, word, option->doc);
}

static void add_flags(const struct command *command, struct str *out)
{
	bool negated;

	for (size_t i = 0; i < FLAGS_GLOBAL; i++)
		add_flag(&flags_table.rows[i], out);
	for (const enum flags_id *id = command ? command->flags : NULL; id && *id != FLAG_END; id++)
		add_flag(&flags_table.rows[*id], out);
	for (size_t i = 0; command && command->app_options && i < app_spec_table.count; i++) {
		const struct option *option = &app_spec_table.rows[i];

		if (option->flag &&
		    !(command->flags && flags_find(command->flags, option->flag, 0, &negated)))
			add_flag(option, out);
	}
}

/* "--log-type=": candidates are whole words. */
static void add_attached(const struct place *place, const char *word,
			 const struct complete_source *source, struct str *out)
{
	const char *attached;
	struct args_flag flag;

	if (!args_flag_find(place->command, word, &flag, &attached) || !attached)
		return;
	complete_value_add(&(struct complete_value){.prefix = word,
						    .prefix_len = (size_t)(attached - word),
						    .source = source},
			   &flag, attached, out);
}

void complete_words(char *const *words, size_t count, const struct complete_source *source,
		    struct str *out)
{
	const char *last = words[count - 1];
	struct place place = {};

	for (size_t i = 0; i + 1 < count; i++)
		take_word(&place, words[i]);
	if (place.behind_dashes)
		str_append(out, "\tfiles\n");
	else if (place.flag)
		complete_value_add(&(struct complete_value){.source = source}, place.flag, last,
				   out);
	else if (place.unknown_command)
		return;
	else if (last[0] == '-' && strchr(last, '='))
		add_attached(&place, last, source, out);
	else if (last[0] == '-')
		add_flags(place.command, out);
	else if (place.command)
		complete_value_of_usage(place.command, place.words, last, source, out);
	else
		add_commands(*last, out);
}
