/* turns: a command that acts on a few instances at a time: whose turn is it?
 *
 * A counter, no queue: it hands out indices of a list that the caller keeps. With `stop_at_failure`
 * nobody begins after one failed. Pure. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

struct turns {
	size_t count; /* of the caller's list */
	size_t next, under_way;
	size_t at_a_time;
	bool stop_at_failure, failed;
};

/* May another one begin? True: it is `*ret_index`, and turns_end() is told when it is done. */
bool turns_take(struct turns *turns, size_t *ret_index);

/* Will another one never begin, because one before it failed? True: it is `*ret_index`. */
bool turns_skip(struct turns *turns, size_t *ret_index);

/* One that began is done. */
void turns_end(struct turns *turns, bool ok);

/* Will nobody begin any more? Some may still be under way. */
bool turns_over(const struct turns *turns);
