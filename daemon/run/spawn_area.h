/* spawn_area: the memory that an app's clone is given instead of the engine's heap.
 *
 * What the child needs between clone and exec is laid out in one piece, and the heap is left out of
 * the clone (MADV_DONTFORK): no page tables to copy and to drop again, no page of it copied on the
 * engine's next write, and no other app's secrets in the child. It knows what a child reads (struct
 * spawn); it makes no process. */
#pragma once
#include "daemon/run/spawn.h"

struct spawn_area;

/* NULL: not to be had; children are then given the heap. */
struct spawn_area *spawn_area_create(void);
void spawn_area_destroy(struct spawn_area *area);

/* Copy into the area all that a child reads through `spawn`, and from here on leave the heap out of
 * clones. `*ret_seen` is for the child's eyes (on the caller's stack, say); valid until the next
 * call. -E2BIG: more than fits, and than any exec takes. */
int spawn_area_lay(struct spawn_area *area, const struct spawn *spawn, struct spawn *ret_seen);
