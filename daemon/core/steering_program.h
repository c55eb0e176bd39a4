/* steering_program: the small program by which the kernel chooses a lane.
 *
 * Builds classic BPF for SO_ATTACH_REUSEPORT_CBPF from a struct steering. It runs once for each
 * SYN (UDP: for each datagram) and returns the index of a lane of the group. Pure: attaching it,
 * on any lane of the group, is the caller's, and replaces the one before at once; a SYN that was
 * under way on another CPU can still land in the lane of the old program some 100 us later.
 *
 * The order of the program: the probes, the canary's share, the main choice. It never returns a
 * number beyond the group, because the kernel would then choose among all lanes, gated ones too. */
#pragma once
#include <linux/filter.h>
#include <stdint.h>

struct steering;

#define STEERING_PROGRAM_MAX 4096 /* instructions: the kernel's limit */

struct steering_program {
	uint16_t length; /* 0: this balance needs none */
	struct sock_filter code[STEERING_PROGRAM_MAX];
};

/* Build the program. Fails never: the limits of struct steering see to that. The group has a lane.
 * The kernel may still refuse to attach it with ENOMEM where net.core.optmem_max is small: 20480,
 * the default of old kernels, takes 2544 instructions. */
void steering_program_build(const struct steering *st, struct steering_program *program);
