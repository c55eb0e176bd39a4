/* stream_mode: raw or through the spool? Decided anew before each turn, so that every odd case ends
 * in the spool. */
#pragma once
#include <stdint.h>

struct sink_file;
struct stream;

/* Change over if it must or may. -errno if a spool is needed and cannot be had. */
int stream_mode_choose(struct stream *stream, uint64_t now_ns);

/* The one file that gets bytes; NULL if there is none, or only /dev/null. `*ret_count` of such
 * files. */
struct sink_file *stream_mode_only_file(const struct stream *stream, int *ret_count);
