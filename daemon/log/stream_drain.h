/* stream_drain: the process behind a stream is gone: its last words, the end of its line, and if
 * the stream ends too, its end.
 *
 * What the dead process wrote is what is in the pipe when draining begins; what its children write
 * later is not waited for. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct job;
struct stream;
struct stream_move;

/* `job` is to be answered when the stream is drained. */
void stream_drain_add(struct stream *stream, struct job *job);

/* Before a turn: note how much there is to drain, if that is not noted yet. */
void stream_drain_begin(struct stream *stream);

/* After a turn: answer the jobs if there is no more to do, or if nothing can be done now (the disk
 * is full). Returns whether it did; a stream that was to be closed belongs to the main loop then
 * and may be gone. */
bool stream_drain_go_on(struct stream *stream, const struct stream_move *move, uint64_t now_ns);
