/* sink: from a stream's spool into one of its files, batch by batch, each written exactly once.
 *
 * A batch is chosen and recorded, formatted, appended, recorded as done; after a kill in between
 * the next engine makes the same text again and writes what is missing. One batch is under way in a
 * file at a time. It does not know pipes, nor when to try again. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "daemon/log/log.h"
#include "shared/base/str.h"

struct sink_file;
struct spool;

struct sink {
	struct sink_file *file;	      /* NULL: no such sink */
	struct log_sink_state *state; /* in memory that outlives the engine */
	uint64_t line_since_ns; /* since when the begin of a line waits for its end; 0: none */
	bool recovering;	/* the batch under way was another engine's */
};

/* What a turn needs besides; `window` has FORMAT_WINDOW bytes, `text` is for scratch. */
struct sink_turn {
	const struct log_config *config;
	const struct spool *spool;
	struct sink_file *files;
	char *window;
	struct str *text;
	uint64_t now_ns;
	bool hurry; /* do not wait for the end of a line */
};

enum sink_result {
	SINK_DONE,    /* all is in the file */
	SINK_MORE,    /* a batch was written; there may be another */
	SINK_WAITING, /* for the end of a line; text at most until line_since_ns + SINK_LINE_NS */
	SINK_BUSY,    /* another stream's batch is under way in the file */
	SINK_FAILED,  /* *ret_error says why; try again later */
};

#define SINK_LINE_NS 1000000000ull

/* Write at most one batch. */
enum sink_result sink_run(struct sink *sink, const struct sink_turn *turn, int *ret_error);

/* Is there something in the spool that is not in the file? */
bool sink_has_pending(const struct sink *sink, const struct spool *spool);

/* Begin with what comes into the spool from now on; `in_line`: the file ends inside a line of this
 * stream. */
void sink_begin_at(struct sink *sink, uint64_t spool_offset, bool in_line);

/* The batch under way, if any, is given up (the stream ends). */
void sink_give_up(struct sink *sink);
