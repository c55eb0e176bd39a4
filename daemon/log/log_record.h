/* log_record: the record of one sink, written so that a kill between any two stores leaves a whole
 * one.
 *
 * Two copies in the memory shared with later engines; the new one is filled first, then one store
 * makes it the valid one. It does not know what the numbers mean. */
#pragma once
#include "daemon/log/log.h"

/* Bits of log_record.in_line. */
#define LOG_RECORD_IN_LINE 1u /* the log ends inside a line of this stream */
#define LOG_RECORD_NEWLINE                                                                         \
	2u /* the text of the batch begins with a newline: the file did not end with one */
#define LOG_RECORD_BREAK                                                                           \
	4u /* the same, with the mark that another stream's line goes on elsewhere */

/* The valid copy. */
struct log_record log_record_get(const struct log_sink_state *state);

/* Make `record` the valid one. */
void log_record_put(struct log_sink_state *state, const struct log_record *record);
