/* numbered: apps that write numbered lines, and the proof that all of them are in a file, once,
 * whole, in order.
 *
 * The writers are processes; how much each managed to write is in memory shared with the test. */
#pragma once
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define NUMBERED_WRITERS 8

struct numbered {
	atomic_bool stop;
	atomic_uint written[NUMBERED_WRITERS]; /* lines each writer managed to write */
};

enum numbered_format {
	NUMBERED_PLAIN,
	NUMBERED_DATED /* "at …: " in front */,
	NUMBERED_MIXED,
	NUMBERED_JSON
};

/* In memory that children share. */
struct numbered *numbered_create(void);
void numbered_destroy(struct numbered *numbered);

uint32_t numbered_dice(uint32_t *seed);

/* A process that writes lines to `fd`, in pieces that end anywhere, until it is told to stop or has
 * written `max`. */
pid_t numbered_start_writer(struct numbered *numbered, int fd, unsigned n, unsigned max,
			    uint32_t seed);

/* Fail the test unless the file has each line of these writers, and of nobody else. */
void numbered_check(const struct numbered *numbered, const char *path, enum numbered_format format,
		    const unsigned *writers, unsigned count);
