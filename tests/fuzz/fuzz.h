/* fuzz: what a target and whoever drives it (libFuzzer, or replay.c in ordinary builds) agree on.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

/* Take `size` hostile bytes and survive. Returns 0. libFuzzer's name, not ours. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
