/* ending: the sentence for the end of a life, one for history, list and describe. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct str;

/* "exit 42 after 3.2 s", "killed by SIGSEGV (core dumped) after 3.2 s". `code` and `signal` are -1
 * where they do not apply, both when the status was lost with the keeper whose child it was. */
void ending_append(struct str *text, int code, int signal, bool core, int64_t life_ms);
