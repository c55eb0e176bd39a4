/* recover: how much of a batch did the engine that died manage to write?
 *
 * Compares the text, which is made again, with the file. Reads only: what other programs appended
 * stays as it is. */
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* How many of the first bytes of `text` are in the file behind `offset`. A file that ends there was
 * cut by the kill; one that goes on differently was cut at a page, or not written at all, or
 * somebody else's text came in between. Negative errno if the file
 * cannot be read now: then nothing is known. */
ssize_t recover_written(int fd, uint64_t offset, const char *text, size_t len);
