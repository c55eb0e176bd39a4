/* pattern: regular expressions by PCRE2, with match limits so that a hostile pattern cannot hang
 * us. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

struct pattern;
struct pmc_error;

/* Compile (UTF, invalid bytes tolerated). -EINVAL with PCRE2's message and the column. */
int pattern_create(const char *regex, struct pattern **ret_pattern, struct pmc_error *err);
void pattern_destroy(struct pattern *pattern); /* accepts NULL */

/* Does it match anywhere in the text? A match that hits the limits counts as no. */
bool pattern_matches(const struct pattern *pattern, const char *text, size_t len);
