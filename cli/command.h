/* command: what a command is, and the table of them. Help, "did you mean", man page and completion
 * come from it.
 *
 * A command is one file, cmd_x.c, ending in one `const struct command cmd_x`, and one line in
 * commands.c. It gets parsed arguments and a context, and returns the exit code: 0 done, 1 anything
 * failed, 130 Ctrl-C ended the waiting. */
#pragma once
#include <jansson.h>
#include <limits.h>
#include <stdbool.h>

#include "cli/flags.h"
#include "cli/out/say.h"

struct args;
struct connect;

#define COMMAND_INTERRUPTED 130

struct command_context {
	const struct command *command;
	const struct args *args;
	const struct flags *flags; /* of args */
	struct connect *connect;   /* not connected yet */
	json_t *acted;		   /* names of the instances acted on, by pm_id; NULL: none */
	struct say say;
};

/* Where it stands in `pmc help`. The first group are the few that a new user needs. */
enum command_group {
	GROUP_DAILY,
	GROUP_APPS,
	GROUP_LOOK,
	GROUP_LOGS,
	GROUP_FILES,
	GROUP_LIST,
	GROUP_DAEMON,
	GROUP_REST,
	GROUP_COUNT
};

/* What its words name: for completion, and so that no command resolves names itself. */
enum command_target {
	TARGET_NONE,
	TARGET_APPS,	     /* names, ids, namespaces, regexes, name:n */
	TARGET_APPS_OR_FILE, /* the same, or an ecosystem file, or a script */
	TARGET_FILE,
};

struct command {
	const char *name;
	const char *const *aliases; /* NULL-terminated; NULL: none */
	const char *summary;	    /* one line */
	const char *args;	    /* "<app|id|all>..." for the usage line */
	const char *doc;	    /* some sentences; may be NULL */
	enum command_group group;
	enum command_target target;
	unsigned min_words, max_words; /* words behind the command */
	const enum flags_id *flags;    /* ends with FLAG_END; NULL: only the global ones */
	bool app_options; /* takes the options of apps, and words after `--` for the app */
	int (*run)(struct command_context *ctx);
};

#define COMMAND_FLAGS(...)                                                                         \
	(const enum flags_id[])                                                                    \
	{                                                                                          \
		__VA_ARGS__, FLAG_END                                                              \
	}
#define COMMAND_ALIASES(...)                                                                       \
	(const char *const[])                                                                      \
	{                                                                                          \
		__VA_ARGS__, NULL                                                                  \
	}
#define COMMAND_WORDS_ANY UINT_MAX

/* NULL-terminated. */
extern const struct command *const commands[];

/* By name or alias. NULL: none. */
const struct command *command_find(const char *name);

/* What to do instead of a command that PM2 has and pmc has not. NULL: PM2 has none of this name. */
const char *command_instead(const char *name);

/* The name that was probably meant; NULL: nothing near. */
const char *command_suggest(const char *name);
