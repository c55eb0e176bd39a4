/* describe: everything about one instance as a table of key and value. Pure: draws a view, asks
 * nobody. */
#pragma once
#include <stdint.h>

struct app_view;
struct str;
struct style;

/* Append the block of one instance, at most `width` columns wide. `now_us`: wall clock, for "3 min
 * ago". `node`: the version of Node it runs with; NULL: none, or not known. */
void describe_render(const struct app_view *view, const char *node, int64_t now_us, unsigned width,
		     const struct style *style, struct str *out);

/* Append how it ended last: "exit code 3", "killed by SIGSEGV (core dumped)", "in a way nobody
 * saw". */
void describe_end(const struct app_view *view, struct str *out);
