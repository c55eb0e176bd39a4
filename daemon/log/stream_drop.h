/* stream_drop: log_full: drop: bytes for which there is no room are counted, taken, and told by one
 * line.
 *
 * Counted first (in memory that outlives the engine), taken then: a kill in between counts twice
 * but never hides a loss. A gap ends at the end of a line. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct str;
struct stream;

/* Is there a gap whose marker is not written yet? */
bool stream_drop_in_gap(const struct stream *stream);

/* Drop what is in the pipe. Bytes, or -EAGAIN if it is empty. */
ssize_t stream_drop_some(struct stream *stream);

/* There is room again: drop the rest of a line, then put the marker into the spool. Bytes dropped,
 * -EAGAIN if the rest of the line has not come yet, or another negative errno; the gap has ended
 * when stream_drop_in_gap() says so. */
ssize_t stream_drop_finish(struct stream *stream);

/* "[pmc: 1,234 lines (98 KiB) dropped: no space]" and a newline. */
void stream_drop_marker(struct str *out, unsigned lines, unsigned long long bytes, int error);
