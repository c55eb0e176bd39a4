#include "cli/command.h"

#include <string.h>

#include "shared/base/mem.h"
#include "shared/base/str.h"

static bool is_called(const struct command *command, const char *name)
{
	if (strcmp(command->name, name) == 0)
		return true;
	for (size_t i = 0; command->aliases && command->aliases[i]; i++) {
		if (strcmp(command->aliases[i], name) == 0)
			return true;
	}
	return false;
}

const struct command *command_find(const char *name)
{
	for (size_t i = 0; commands[i]; i++) {
		if (is_called(commands[i], name))
			return commands[i];
	}
	return NULL;
}

const char *command_instead(const char *name)
{
	static const struct {
		const char *name, *text;
	} rows[] = {
#define PM2_COMMAND(name, text) {name, text},
#include "cli/pm2_commands.def"
#undef PM2_COMMAND
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (strcmp(rows[i].name, name) == 0)
			return rows[i].text;
	}
	return NULL;
}

static void consider(const char *candidate, const char *name, unsigned *best, const char **ret_word)
{
	unsigned distance = str_distance(candidate, name, *best);

	if (distance < *best) {
		*best = distance;
		*ret_word = candidate;
	}
}

const char *command_suggest(const char *name)
{
	const char *word = NULL;
	size_t len = strlen(name);
	unsigned best = len > 4 ? 3 : len > 2 ? 2 : 1; /* one less is accepted */

	for (size_t i = 0; commands[i]; i++) {
		consider(commands[i]->name, name, &best, &word);
		for (size_t a = 0; commands[i]->aliases && commands[i]->aliases[a]; a++)
			consider(commands[i]->aliases[a], name, &best, &word);
	}
	return word;
}
