/* stream_files: the spool and the files of a stream: taken over from an earlier engine, opened,
 * changed, let go. */
#pragma once
#include <stdbool.h>

struct log_stream_state;
struct stream;

/* Has no engine moved a byte of it yet? */
bool stream_files_are_new(const struct log_stream_state *state);

/* Open what an earlier engine left in the spool, and bring the records into line with it: between
 * emptying a spool and saying so it may have died. -errno if it cannot be looked at now. What an
 * unknown stream left there is removed. */
int stream_files_adopt_spool(struct stream *stream);

/* Open the files of the configuration that are not yet open; a failure is a stall. */
void stream_files_attach(struct stream *stream);

/* May `next_config` take effect? A batch under way in a file that stays must be finished in the
 * format in which it began. */
bool stream_files_may_change(const struct stream *stream);

/* Put `next_config` into effect. A sink that is new begins with what comes from now on. */
void stream_files_change(struct stream *stream);

/* Close the files. */
void stream_files_release(struct stream *stream);
