/* protocol: the numbers both ends of pmc.sock agree on. Messages: README.md of this folder. */
#pragma once

/* Major: a client of another one is refused with a clear text. Minor: grows by additions only. */
#define PROTOCOL_MAJOR 1
#define PROTOCOL_MINOR 0

/* A request line, newline included. */
#define PROTOCOL_REQUEST_MAX (1 << 20)
/* A reply line as the client accepts it: 4,096 instances with their environment. */
#define PROTOCOL_REPLY_MAX (256 << 20)
/* Events in one reply of history.events; whoever wants more asks again with `until`, `before`. */
#define PROTOCOL_EVENTS_MAX 1000
/* Bytes waiting for one client that does not read; an event stream drops beyond it and says how
 * many. */
#define PROTOCOL_QUEUE_MAX (4 << 20)
/* A client that has not said hello, or has half a line, is closed after this time. */
#define PROTOCOL_IDLE_MS 10000
/* A client that takes no byte of its waiting reply is dropped after this time. */
#define PROTOCOL_STALL_MS 30000
/* Nesting of a request. */
#define PROTOCOL_DEPTH_MAX 64

enum method_flags { METHOD_READS, METHOD_CHANGES };
