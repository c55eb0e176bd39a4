/* state: the states of an instance and their words (states.def). */
#pragma once
#include <stdbool.h>

enum state_role { ROLE_RESTING, ROLE_CHANGING, ROLE_GOOD, ROLE_BAD };

enum instance_state {
#define STATE(id, word, jlist, monit, role, process, text) STATE_##id,
#include "shared/model/states.def"
#undef STATE
};

#define STATE_COUNT (STATE_ERRORED + 1)

const char *state_word(enum instance_state state);
const char *state_jlist_word(enum instance_state state);
enum state_role state_role(enum instance_state state);

/* May a process exist in this state? */
bool state_has_process(enum instance_state state);

/* From its word; -EINVAL if there is none. */
int state_from_word(const char *word, enum instance_state *ret_state);
