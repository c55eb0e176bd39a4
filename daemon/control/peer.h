/* peer: whose a fresh connection is, and how it is told to go. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

/* Remembers what was logged; all zero at the beginning. */
struct peer_gate {
	int64_t logged_ms;
	unsigned refused; /* since then */
};

/* Is it our own user or root at the other end of `fd`? Others are logged, once a minute at most. */
bool peer_is_friend(struct peer_gate *gate, int fd);

/* Send an error line as far as it goes without waiting, and close `fd`. */
void peer_turn_away(int fd, const char *code, const char *message);
