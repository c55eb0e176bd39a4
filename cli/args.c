#include "cli/args.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/args_flag.h"
#include "cli/command.h"
#include "shared/base/error.h"
#include "shared/base/mem.h"
#include "shared/base/str.h"

struct cursor {
	int argc, at;
	char *const *argv;
};

void args_done(struct args *args)
{
	for (size_t i = 0; i < args->nsettings; i++)
		free(args->settings[i].text);
	free(args->settings);
	strlist_done(&args->words);
	strlist_done(&args->rest);
	strlist_done(&args->warnings);
	flags_done(&args->flags);
	*args = (struct args){};
}

bool args_given(const struct args *args, enum flags_id id)
{
	return args->given & (UINT64_C(1) << id);
}

/* "-" is standard input and "-2" a number: both are words. */
static bool is_option(const char *word)
{
	return word[0] == '-' && word[1] != '\0' && !isdigit((unsigned char)word[1]);
}

static int set_flag(struct args *args, const struct args_flag *flag, const char *value,
		    struct pmc_error *err)
{
	int r;

	args->given |= UINT64_C(1) << flag->own->index;
	if (!value)
		value = flag->negated ? "false" : "true";
	r = option_set_text(flag->own, &args->flags, value, err);
	if (r < 0)
		pmc_error_hint(err, "--%s: %s", flag->own->flag, flag->own->doc);
	return r;
}

static struct args_setting *setting_of(struct args *args, const struct option *option)
{
	for (size_t i = 0; i < args->nsettings; i++) {
		if (args->settings[i].option == option)
			return &args->settings[i];
	}
	args->settings = mem_resize(args->settings, args->nsettings + 1, sizeof(*args->settings));
	args->settings[args->nsettings] = (struct args_setting){.option = option};
	return &args->settings[args->nsettings++];
}

/* A flag of apps. Given again it replaces, but names (`--filter-env A --filter-env B`) come
 * together. */
static void set_app_option(struct args *args, const struct args_flag *flag, const char *value)
{
	struct args_setting *setting = setting_of(args, flag->app);
	char *text;

	if (!value)
		value = flag->negated ? "false" : "true";
	if (strcmp(value, "null") == 0)
		text = NULL;
	else if (flag->app->type == OPTION_LIST_OR_BOOL && setting->text)
		text = mem_printf("%s %s", setting->text, value);
	else
		text = mem_strdup(value);
	free(setting->text);
	setting->text = text;
}

static int obey(struct args *args, const struct args_flag *flag, const char *word,
		const char *value, struct pmc_error *err)
{
	if (flag->own)
		return set_flag(args, flag, value, err);
	if (flag->app && (!args->command || args->command->app_options)) {
		set_app_option(args, flag, value);
		if (flag->app->status == OPTION_NOT_YET)
			strlist_take(&args->warnings, mem_printf("%s is not yet obeyed", word));
		return 0;
	}
	if (flag->app)
		strlist_take(&args->warnings, mem_printf("--%s has no effect on `pmc %s`",
							 flag->app->flag, args->command->name));
	else
		strlist_take(&args->warnings, mem_printf("%s: accepted from PM2, has no effect: %s",
							 word, flag->pm2->why));
	return 0;
}

/* The value of a flag: behind '=', or the next word if it needs one. NULL: none. */
static int value_of(struct args *args, const struct args_flag *flag, const char *attached,
		    struct cursor *cur, const char **ret_value, struct pmc_error *err)
{
	bool next = cur->at + 1 < cur->argc && strcmp(cur->argv[cur->at + 1], "--") != 0;

	*ret_value = attached;
	if (attached || flag->value == ARGS_FLAG_SWITCH)
		return 0;
	if (flag->value == ARGS_FLAG_MAYBE) {
		/* `start --watch app.js` watches, and starts app.js: the next word is a value only
		 * behind a target */
		if (next && !is_option(cur->argv[cur->at + 1]) && args->words.count > 0)
			*ret_value = cur->argv[++cur->at];
		return 0;
	}
	if (!next)
		return pmc_error_set(err, -EINVAL, "option %s needs a value", cur->argv[cur->at]);
	*ret_value = cur->argv[++cur->at];
	return 0;
}

static int unknown_option(const struct args *args, const char *word, struct pmc_error *err)
{
	_cleanup_(mem_freep) char *near = args_flag_suggest(args->command, word);

	pmc_error_set(err, -EINVAL, "unknown option %s", word);
	if (near)
		pmc_error_hint(err, "did you mean --%s?", near);
	else if (args->command)
		pmc_error_hint(err, "`pmc %s --help` lists the options", args->command->name);
	return -EINVAL;
}

/* One word that starts with a dash: --flag, --flag=value, -f, -fvalue. */
static int take_option(struct args *args, struct cursor *cur, struct pmc_error *err)
{
	const char *word = cur->argv[cur->at], *value = NULL, *attached = NULL;
	struct args_flag flag;
	int r;

	if (!args_flag_find(args->command, word, &flag, &attached))
		return unknown_option(args, word, err);
	r = value_of(args, &flag, attached, cur, &value, err);
	return r < 0 ? r : obey(args, &flag, word, value, err);
}

/* The first word that is neither an option nor the value of one. argc: there is none. */
static int command_word(int argc, char *const *argv)
{
	for (int i = 1; i < argc; i++) {
		const char *attached = NULL;
		struct args_flag flag;

		if (strcmp(argv[i], "--") == 0)
			return argc;
		if (!is_option(argv[i]))
			return i;
		if (args_flag_find(NULL, argv[i], &flag, &attached) && !attached &&
		    flag.value == ARGS_FLAG_NEEDED)
			i++;
	}
	return argc;
}

static int find_command(struct args *args, const char *word, struct pmc_error *err)
{
	const char *near, *instead = command_instead(word);

	args->command = command_find(word);
	if (args->command)
		return 0;
	if (instead) {
		pmc_error_set(err, -ENOENT, "there is no '%s' in pmc", word);
		pmc_error_hint(err, "%s", instead);
		return -ENOENT;
	}
	near = command_suggest(word);
	pmc_error_set(err, -ENOENT, "unknown command '%s'", word);
	if (near)
		pmc_error_hint(err, "did you mean `pmc %s`? `pmc help` lists all commands", near);
	else
		pmc_error_hint(err, "`pmc help` lists all commands");
	return -ENOENT;
}

static int count_words(const struct args *args, struct pmc_error *err)
{
	const struct command *command = args->command;

	if (!command || args->flags.help || args->flags.version)
		return 0;
	if (args->words.count < command->min_words)
		pmc_error_set(err, -EINVAL, "`pmc %s` needs %s", command->name, command->args);
	else if (args->words.count > command->max_words)
		pmc_error_set(err, -EINVAL, "`pmc %s` does not take '%s'", command->name,
			      args->words.items[command->max_words]);
	else
		return 0;
	pmc_error_hint(err, "usage: pmc %s%s%s", command->name, command->args ? " " : "",
		       command->args ? command->args : "");
	return -EINVAL;
}

static void take_rest(struct args *args, const struct cursor *cur)
{
	args->has_rest = true;
	for (int i = cur->at + 1; i < cur->argc; i++)
		strlist_add(&args->rest, cur->argv[i]);
}

int args_parse(struct args *args, int argc, char *const *argv, struct pmc_error *err)
{
	struct cursor cur = {.argc = argc, .argv = argv, .at = 1};
	int command_at = command_word(argc, argv), r = 0;

	flags_init(&args->flags);
	if (command_at < argc)
		r = find_command(args, argv[command_at], err);
	for (; r >= 0 && cur.at < argc; cur.at++) {
		if (strcmp(argv[cur.at], "--") == 0) {
			take_rest(args, &cur);
			break;
		}
		if (is_option(argv[cur.at]))
			r = take_option(args, &cur, err);
		else if (cur.at != command_at)
			strlist_add(&args->words, argv[cur.at]);
	}
	return r < 0 ? r : count_words(args, err);
}
