/* request: one call of a client, from its line to its answer.
 *
 * It may outlive the connection: the work goes on, answers are dropped. It does not know what the
 * methods do. */
#pragma once
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "shared/base/error.h"

struct api_context;
struct session;
struct str;
struct strlist;

struct request {
	struct session *session; /* use request_gone() to learn whether somebody listens */
	json_int_t id;
	json_t *params; /* an object; checked against methods.def */
	bool quiet;	/* the client wants no progress */
	const struct api_context *api;
};

/* `params` is borrowed; NULL is an empty object. */
struct request *request_create(struct session *session, const struct api_context *api,
			       json_int_t id, json_t *params);

/* Does anybody want to be told something on the way? */
bool request_wants_progress(const struct request *req);

/* Tell something on the way. Takes over `progress`. */
void request_progress(struct request *req, json_t *progress);

/* Answer; the request is gone afterwards. Takes over `result` (NULL: an empty object). */
void request_reply(struct request *req, json_t *result);

/* The same with an object that is JSON text already. */
void request_reply_text(struct request *req, const struct str *result);

/* Refuse or give up; the request is gone afterwards. `code`: a word of shared/ipc/README.md. */
void request_fail(struct request *req, const char *code, const struct pmc_error *err);

/* Has the client gone? */
bool request_gone(const struct request *req);

/* The random id by which a repeated change is known; NULL: it has none. */
const char *request_id(const struct request *req);

/* Parameters. 1: it is there, 0: it is not (nothing is set), -EINVAL: it has another type (err
 * names it). Strings belong to the request; lists of strings are appended to. */
int request_get_string(const struct request *req, const char *name, const char **ret_value,
		       struct pmc_error *err);
int request_get_int(const struct request *req, const char *name, int64_t *ret_value,
		    struct pmc_error *err);
int request_get_bool(const struct request *req, const char *name, bool *ret_value,
		     struct pmc_error *err);
int request_get_list(const struct request *req, const char *name, struct strlist *list,
		     struct pmc_error *err);
