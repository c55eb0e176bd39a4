/* event_line: one event as one line for people. Pure. */
#pragma once
#include <jansson.h>

struct str;
struct style;

/* Append "2026-11-20 23:10:43.123  web (0)  exit  code 42 (crash): …\n". */
void event_line_append(const json_t *event, const struct style *style, struct str *out);
