/* spool: bytes taken from a pipe that are not yet in the log: a file on tmpfs that outlives the
 * engine.
 *
 * Its size is the kernel's own count of what was taken, so a kill in any moment loses and doubles
 * nothing. It does not know who has consumed how much (log_record). */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct spool {
	int fd;		  /* -1: not open */
	uint64_t size;	  /* bytes that ever came in since it was emptied */
	uint64_t punched; /* so many of the first ones take no memory any more */
};

/* Open `spool.SLOT.WHICH` in `dir_fd`; with `make` it is made if it is missing. 0 or negative
 * errno. */
int spool_open(struct spool *spool, int dir_fd, int slot, int which, bool make);

/* Close; the file stays. */
void spool_close(struct spool *spool);

/* Close and remove the file. */
void spool_remove(struct spool *spool, int dir_fd, int slot, int which);

/* Move up to `max` bytes from the pipe to the end. Bytes moved or negative errno (-EAGAIN: the pipe
 * is empty). */
ssize_t spool_fill(struct spool *spool, int pipe_fd, size_t max);

/* Put our own text at the end. 0 or negative errno; a part of it is taken back. */
int spool_append(struct spool *spool, const char *text, size_t len);

/* Bytes read from `offset`, or negative errno. */
ssize_t spool_read(const struct spool *spool, uint64_t offset, char *buf, size_t cap);

/* The bytes before `done` are not wanted any more: give their memory back, now and then. */
void spool_forget(struct spool *spool, uint64_t done);

/* Does it end with a newline? (Empty: `otherwise`.) */
bool spool_ends_line(const struct spool *spool, bool otherwise);

/* Nothing in it is wanted any more. 0 or negative errno. */
int spool_empty(struct spool *spool);
