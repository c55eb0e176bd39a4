#include "shared/model/state.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

static const struct {
	const char *word, *jlist;
	enum state_role role;
	bool process;
} states[] = {
#define STATE(id, word, jlist, monit, role, process, text)                                         \
	[STATE_##id] = {word, jlist, ROLE_##role, process},
#include "shared/model/states.def"
#undef STATE
};

const char *state_word(enum instance_state state)
{
	return states[state].word;
}

const char *state_jlist_word(enum instance_state state)
{
	return states[state].jlist;
}

enum state_role state_role(enum instance_state state)
{
	return states[state].role;
}

bool state_has_process(enum instance_state state)
{
	return states[state].process;
}

int state_from_word(const char *word, enum instance_state *ret_state)
{
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		if (strcmp(states[i].word, word) != 0)
			continue;
		*ret_state = (enum instance_state)i;
		return 0;
	}
	return -EINVAL;
}
