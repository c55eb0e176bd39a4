/* request: ask the daemon one thing and wait for the answer, whatever happens to the connection
 * meanwhile.
 *
 * When the engine dies under a request, the connection is made again and the request repeated with
 * the same `request` id: the daemon answers what it has already done instead of doing it twice.
 * Reads are simply repeated. */
#pragma once
#include <jansson.h>

#include "shared/base/error.h"

struct connect;

/* Called for each progress record of a request (borrowed), and with NULL when none has come for a
 * moment. */
typedef void request_progress_fn(void *user, const json_t *progress);

/* Ask and wait. `params` is taken (NULL: none). `progress` may be NULL: the
 * daemon is then asked not to tell any.
 * 0 and a new reference in `*ret_result`; -EINTR when Ctrl-C ended the waiting (the work goes on in
 * the daemon); else the daemon's error with its words in `err`. */
int request_call(struct connect *connect, const char *method, json_t *params,
		 request_progress_fn *progress, void *user, json_t **ret_result,
		 struct pmc_error *err);
