/* stream_move: moving the bytes of a stream in one turn: straight into the file, or through the
 * spool.
 *
 * Says what happened; what follows from that is stream's. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct stream;

struct stream_move {
	size_t taken;	    /* bytes that left the pipe */
	bool empty;	    /* there was nothing more in it */
	bool more;	    /* there is work that need not wait */
	int error;	    /* negative errno: a sink or the spool failed */
	const char *failed; /* the path of that sink; NULL: the spool */
};

#define STREAM_MOVE_SPOOL_MAX (16u << 20)   /* of one stream */
#define STREAM_MOVE_SPOOLS_MAX (128u << 20) /* of all */

/* One splice from the pipe into the file. */
void stream_move_raw(struct stream *stream, uint64_t now_ns, struct stream_move *move);
/* From the pipe into the spool, from there into the files. */
void stream_move_spooled(struct stream *stream, uint64_t now_ns, struct stream_move *move);

/* Is something in the spool that is not yet in every file? */
bool stream_move_pending(const struct stream *stream);

/* After a move that found the pipe empty: is all that came out of it in every file, to the end of a
 * line? */
bool stream_move_is_all_told(const struct stream *stream, uint64_t now_ns);

/* May it take bytes from its pipe now? */
bool stream_move_has_room(const struct stream *stream);

/* The process is gone and its pipe empty: end its unfinished line, so that the next life starts on
 * its own. */
int stream_move_end_line(struct stream *stream, uint64_t now_ns);

/* Forget what is in the spool already, if that is worth it. */
void stream_move_tidy(struct stream *stream, bool idle);

/* Bring the sum of all spools up to date. */
void stream_move_account(struct stream *stream);
