/* client_socket: a socket connected to our own daemon, and to nobody else's. Knows paths and peers,
 * no messages. */
#pragma once

struct pmc_error;

/* Connect to `path` (longer than sun_path is fine), waiting at most `timeout_ms` for room in the
 * daemon's queue of callers. The descriptor, or -ENOENT, -ECONNREFUSED: nobody there; -EACCES: not
 * ours; -ETIMEDOUT; -EINTR. */
int client_socket_open(const char *path, int timeout_ms, struct pmc_error *err);
