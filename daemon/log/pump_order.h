/* pump_order: what a pump's thread does for each order of the main loop. */
#pragma once

struct job;
struct pump;

/* Do it, and answer or free the job; a drain is answered later, by its stream. */
void pump_order_carry_out(struct pump *pump, struct job *job);
