/* dispatch: from a request line to its handler, by methods.def. */
#pragma once

struct api_context;
struct message;
struct session;

/* Check `msg` (a request) against methods.def and call its handler, or answer what is wrong with
 * it. */
void dispatch_request(struct session *session, const struct api_context *api,
		      const struct message *msg);
