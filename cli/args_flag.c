#include "cli/args_flag.h"

#include <string.h>

#include "cli/command.h"
#include "shared/base/mem.h"
#include "shared/base/str.h"
#include "shared/spec/app_spec.h"

/* PM2's own, and what its command line has beside its options of apps. */
static const struct args_flag_pm2 pm2_flags[] = {
#define IGNORED(name, why) {#name, 0, false, why},
#include "shared/spec/pm2_ignored.def"
#undef IGNORED
	{"parallel", 0, true, "here all instances are acted on at the same time"},
	{"execute-command", 'x', false, "scripts are always run by themselves in fork mode"},
	{"daemon", 0, false, "one daemon serves all commands"},
	{"ext", 0, true, "`watch` takes patterns: '*.js'"},
	{"mini-list", 'm', false, "`pmc list -m` prints the short list"},
	{"sort", 0, true, "`pmc list --sort` sorts the list"},
	{"write", 'w', false, "what was started is stored by itself"},
};

static enum args_flag_value value_of_type(const struct option *option, bool negated)
{
	if (option->type == OPTION_BOOL || negated)
		return ARGS_FLAG_SWITCH;
	if (option->type == OPTION_LIST_OR_BOOL || option->type == OPTION_PATH_OR_BOOL)
		return ARGS_FLAG_MAYBE;
	return ARGS_FLAG_NEEDED;
}

/* --node-args, --cron, --user: the keys of ecosystem files are flags as well, where the option has
 * one at all. */
static const struct option *find_by_key(const char *name)
{
	_cleanup_(mem_freep) char *key = mem_strdup(name);
	const struct option *option;

	for (char *c = key; *c; c++) {
		if (*c == '-')
			*c = '_';
	}
	option = option_find(&app_spec_table, key);
	return option && option->flag ? option : NULL;
}

static const struct option *find_app_option(const char *name, char short_flag, bool *ret_negated)
{
	const struct option *option;

	*ret_negated = false;
	if (!name && short_flag == 'u')
		return &app_spec_table.rows[SPEC_uid];
	if (!name)
		return option_find_short(&app_spec_table, short_flag);
	option = option_find_flag(&app_spec_table, name, ret_negated);
	return option ? option : find_by_key(name);
}

/* "no-vizion" and "source-map-support" are the keys vizion and source_map_support. */
static bool same_flag(const char *key, const char *flag)
{
	if (str_starts(flag, "no-"))
		flag += 3;
	for (; *key && *flag; key++, flag++) {
		if (*key != *flag && !(*key == '_' && *flag == '-'))
			return false;
	}
	return !*key && !*flag;
}

static const struct args_flag_pm2 *find_pm2(const char *name, char short_flag)
{
	for (size_t i = 0; i < ARRAY_SIZE(pm2_flags); i++) {
		if (name ? same_flag(pm2_flags[i].flag, name)
			 : pm2_flags[i].short_flag && pm2_flags[i].short_flag == short_flag)
			return &pm2_flags[i];
	}
	return NULL;
}

static bool look_up(const struct command *command, const char *name, char short_flag,
		    struct args_flag *ret_flag)
{
	static const enum flags_id only_global[] = {FLAG_END};
	const enum flags_id *ids = !command ? NULL : command->flags ? command->flags : only_global;

	*ret_flag = (struct args_flag){};
	ret_flag->own = flags_find(ids, name, short_flag, &ret_flag->negated);
	if (!ret_flag->own)
		ret_flag->app = find_app_option(name, short_flag, &ret_flag->negated);
	if (!ret_flag->own && !ret_flag->app)
		ret_flag->pm2 = find_pm2(name, short_flag);
	if (ret_flag->own || ret_flag->app)
		ret_flag->value = value_of_type(ret_flag->own ? ret_flag->own : ret_flag->app,
						ret_flag->negated);
	else if (ret_flag->pm2)
		ret_flag->value = ret_flag->pm2->value ? ARGS_FLAG_NEEDED : ARGS_FLAG_SWITCH;
	return ret_flag->own || ret_flag->app || ret_flag->pm2;
}

bool args_flag_find(const struct command *command, const char *word, struct args_flag *ret_flag,
		    const char **ret_attached)
{
	_cleanup_(mem_freep) char *name = NULL;
	size_t len;

	*ret_attached = NULL;
	if (word[1] == '-') {
		len = strcspn(word + 2, "=");
		name = mem_strndup(word + 2, len);
		if (word[2 + len] == '=')
			*ret_attached = word + 2 + len + 1;
		return look_up(command, name, 0, ret_flag);
	}
	if (!look_up(command, NULL, word[1], ret_flag))
		return false;
	if (word[2])
		*ret_attached = word + 2;
	/* "-fs": switches are not bundled, so that a mistyped "-json" is an error */
	return !*ret_attached || ret_flag->value != ARGS_FLAG_SWITCH;
}

struct nearest {
	const char *name, *word;
	unsigned best;
};

static void consider(struct nearest *nearest, const char *candidate)
{
	unsigned distance;

	if (!candidate)
		return;
	distance = str_distance(candidate, nearest->name, nearest->best);
	if (distance < nearest->best) {
		nearest->best = distance;
		nearest->word = candidate;
	}
}

char *args_flag_suggest(const struct command *command, const char *word)
{
	_cleanup_(mem_freep) char *name = NULL;
	struct nearest nearest = {.best = 3};
	bool negated;

	word += strspn(word, "-");
	name = mem_strndup(word, strcspn(word, "="));
	negated = str_starts(name, "no-");
	nearest.name = negated ? name + 3 : name;
	for (size_t i = 0; i < FLAGS_GLOBAL; i++)
		consider(&nearest, flags_table.rows[i].flag);
	for (const enum flags_id *id = command ? command->flags : NULL; id && *id != FLAG_END; id++)
		consider(&nearest, flags_table.rows[*id].flag);
	for (size_t i = 0; !command || command->app_options ? i < app_spec_table.count : false; i++)
		consider(&nearest, app_spec_table.rows[i].flag);
	if (!nearest.word)
		return NULL;
	return mem_printf("%s%s", negated ? "no-" : "", nearest.word);
}
