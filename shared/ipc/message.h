/* message: requests, replies and events as JSON values. The words of the wire are here and nowhere
 * else. */
#pragma once
#include <jansson.h>
#include <stddef.h>

#include "shared/base/error.h"

enum message_kind {
	MESSAGE_HELLO,
	MESSAGE_REQUEST,
	MESSAGE_PROGRESS,
	MESSAGE_RESULT,
	MESSAGE_ERROR,
	MESSAGE_EVENT,
	MESSAGE_DROPPED
};

struct message {
	enum message_kind kind;
	json_int_t id;
	char *method; /* request */
	json_t *body; /* params, progress, result, error, event, hello; owned */
};

void message_done(struct message *msg);

/* Parse one line (without newline). Depth, duplicate keys, UTF-8 and the shape are checked.
 * -EBADMSG with a text. */
int message_parse(const char *line, size_t len, struct message *ret_msg, struct pmc_error *err);

/* Each makes one line with its newline, malloc'ed; `ret_len` is its length. The json argument is
 * only read. */
char *message_hello(const char *version, int engine_pid,
		    size_t *ret_len); /* engine_pid 0: from a client */
char *message_request(json_int_t id, const char *method, json_t *params, size_t *ret_len);
char *message_progress(json_int_t id, json_t *progress, size_t *ret_len);
char *message_result(json_int_t id, json_t *result, size_t *ret_len);
char *message_result_text(json_int_t id, const char *result, size_t len,
			  size_t *ret_len); /* `result` is JSON already */
char *message_error(json_int_t id, const char *code, const struct pmc_error *err, size_t *ret_len);
char *message_event(json_t *event, size_t *ret_len);
char *message_dropped(size_t count, size_t *ret_len);

/* Check the parameters of `method` against methods.def. -ENOSYS: no such method (with a
 * suggestion); -EINVAL: a parameter is unknown or missing. */
int message_check(const char *method, json_t *params, struct pmc_error *err);
