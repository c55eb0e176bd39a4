/* doctor_text: what `pmc doctor` found, as a text for people. Pure. */
#pragma once
#include <jansson.h>

struct str;
struct style;

/* Append the report: {"machine", "home", "apps"}, each a list of checks as doctor_add() makes them,
 * and of a daemon that runs {"ping", "daemon"}. */
void doctor_text_append(const json_t *all, unsigned width, const struct style *style,
			struct str *out);
