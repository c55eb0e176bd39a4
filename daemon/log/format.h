/* format: from the bytes of an app to the text of its log: a time at each line start, or one JSON
 * object a line.
 *
 * Pure: the same bytes, state and time stamp give the same text, which is what a later engine
 * compares with the file to see how much of it was written. It does not know about files, nor where
 * bytes come from. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct log_config;
struct str;

#define FORMAT_WINDOW 65536 /* bytes looked at together; a JSON object holds as much of a line */
#define FORMAT_LINES 2048   /* lines of a batch at most, so that its text is bounded too */

/* Are bytes written as they are? */
bool format_is_plain(const struct log_config *config);

/* How many of these bytes (at most FORMAT_WINDOW) are the next batch; 0: wait for more. Plain and
 * dated text may end inside a line unless `whole_lines`; then, as always for JSON, a line is cut
 * only if it fills the window. `in_line`: the previous batch ended inside a line. */
size_t format_choose(const struct log_config *config, const char *bytes, size_t len, bool in_line,
		     bool whole_lines);

/* Append the text of a batch; returns whether it ends inside a line. `batch_us` is the wall clock
 * of its arrival. In JSON the rest of a line that was cut is left out, and bytes that are not UTF-8
 * become U+FFFD. */
bool format_text(const struct log_config *config, const char *bytes, size_t len, bool in_line,
		 uint64_t batch_us, struct str *out);
