/* human: numbers in the words PM2's users read: uptime 119s 2m 47h 2D, memory 52.7mb. Not for
 * parsers (base/units is). */
#pragma once
#include <stdint.h>

struct str;

/* A unit is used when its count is above one: 119s, 2m, 119m, 2h, 47h, 2D, M, Y. 0 and below: "0".
 */
void human_uptime(struct str *out, int64_t ms);

/* 0b, 512b, 1.5kb, 52.7mb, 1.2gb; 1024-based, one decimal. */
void human_memory(struct str *out, int64_t bytes);

/* "2026-11-20 23:10:43 (3 min ago)" in local time; "never" for 0. */
void human_when(struct str *out, int64_t wall_us, int64_t now_us);
