/* event_line: one event as one line for people. Pure. */
#pragma once
#include <jansson.h>

struct str;
struct style;

/* Append "2026-11-20 23:10:43.123  web (0)       exit      pid 812  by crash  exit 42 after 3
 * s\n". On a terminal of `width` columns what has no room stands in lines below; 0: one line
 * always. */
void event_line_append(const json_t *event, unsigned width, const struct style *style,
		       struct str *out);
