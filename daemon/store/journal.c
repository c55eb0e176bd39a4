#include "daemon/store/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shared/base/fdio.h"
#include "shared/base/mem.h"

#define MAGIC "PMCJRN1"

struct header {
	char magic[8];
	uint64_t done;
};

/* Types and causes by their words: their numbers may be others in the next version. */
struct record {
	uint32_t bytes; /* of all of it; 0 in a hole */
	int32_t pm_id, number, pid, code, signal;
	uint32_t core;
	int64_t time_us;
	uint64_t seq;
	char words[]; /* type, cause, app, detail, each with its end */
};

#define WORDS 4
#define RECORD_MAX (sizeof(struct record) + 64 + 64 + EVENT_NAME_MAX + EVENT_DETAIL_MAX)

static void begin_anew(struct journal *journal)
{
	struct header header = {.magic = MAGIC, .done = sizeof(struct header)};

	journal->base += journal->end;
	journal->done = journal->end = sizeof(header);
	if (ftruncate(journal->fd, 0) < 0 ||
	    pwrite(journal->fd, &header, sizeof(header), 0) != sizeof(header))
		fdio_closep(&journal->fd);
}

void journal_open(struct journal *journal, int dir_fd)
{
	struct header header;
	struct stat st;

	*journal = (struct journal){.fd = -1};
	if (dir_fd < 0)
		return;
	journal->fd =
		openat(dir_fd, "engine.events", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (journal->fd < 0)
		return;
	if (fstat(journal->fd, &st) < 0 ||
	    pread(journal->fd, &header, sizeof(header), 0) != sizeof(header) ||
	    memcmp(header.magic, MAGIC, sizeof(header.magic)) != 0 ||
	    header.done < sizeof(header) || header.done > (uint64_t)st.st_size ||
	    (uint64_t)st.st_size - header.done > 2 * JOURNAL_MAX_BYTES) {
		begin_anew(journal);
		return;
	}
	journal->done = header.done;
	journal->end = (uint64_t)st.st_size;
}

void journal_close(struct journal *journal)
{
	fdio_closep(&journal->fd);
}

/* The next word of a record, or NULL: it is not as we write it. */
static const char *take_word(const char **at, const char *end)
{
	const char *word = *at, *nul = memchr(word, '\0', (size_t)(end - word));

	*at = nul ? nul + 1 : end;
	return nul;
}

static bool read_record(const struct record *record, struct event *event)
{
	const char *at = record->words, *end = (const char *)record + record->bytes;
	const char *words[WORDS];

	for (int i = 0; i < WORDS; i++) {
		words[i] = at;
		if (!take_word(&at, end))
			return false;
	}
	*event = (struct event){
		.time_us = record->time_us,
		.pm_id = record->pm_id,
		.number = record->number,
		.pid = record->pid,
		.seq = record->seq,
		.code = record->code,
		.signal = record->signal,
		.core = record->core != 0,
	};
	strncpy(event->app, words[2], sizeof(event->app) - 1);
	strncpy(event->detail, words[3], sizeof(event->detail) - 1);
	return event_type_from_name(words[0], &event->type) == 0 &&
	       event_cause_from_name(words[1], &event->cause) == 0;
}

void journal_read(struct journal *journal, void (*fn)(const struct event *event, void *owner),
		  void *owner)
{
	_Alignas(struct record) char buf[RECORD_MAX];
	const struct record *record = (const struct record *)buf;
	uint64_t at = journal->done;
	struct event event;

	while (journal->fd >= 0 && at + sizeof(*record) <= journal->end) {
		ssize_t n = pread(journal->fd, buf, sizeof(buf), (off_t)at);

		if (n < (ssize_t)sizeof(*record) || record->bytes < sizeof(*record) ||
		    record->bytes > (size_t)n)
			break; /* the last write of an engine that was killed */
		if (read_record(record, &event))
			fn(&event, owner);
		at += record->bytes;
	}
	journal->end = at;
}

static void add_word(struct record *record, const char *word)
{
	size_t bytes = strlen(word) + 1;

	memcpy((char *)record + record->bytes, word, bytes);
	record->bytes += (uint32_t)bytes;
}

uint64_t journal_put(struct journal *journal, const struct event *event)
{
	_Alignas(struct record) char buf[RECORD_MAX + 8] = {0};
	struct record *record = (struct record *)buf;

	if (journal->fd < 0 || journal->end - journal->done > JOURNAL_MAX_BYTES)
		return journal->base + journal->end;
	*record = (struct record){
		.bytes = offsetof(struct record, words),
		.pm_id = event->pm_id,
		.number = event->number,
		.pid = event->pid,
		.code = event->code,
		.signal = event->signal,
		.core = event->core,
		.time_us = event->time_us,
		.seq = event->seq,
	};
	add_word(record, event_type_name(event->type));
	add_word(record, event_cause_name(event->cause));
	add_word(record, event->app);
	add_word(record, event->detail);
	if (pwrite(journal->fd, buf, record->bytes, (off_t)journal->end) == (ssize_t)record->bytes)
		journal->end += record->bytes;
	return journal->base + journal->end;
}

void journal_stored(struct journal *journal, uint64_t mark)
{
	if (journal->fd < 0 || mark <= journal->base + journal->done)
		return;
	if (mark >= journal->base + journal->end) {
		begin_anew(journal);
		return;
	}
	journal->done = mark - journal->base;
	(void)!pwrite(journal->fd, &journal->done, sizeof(journal->done),
		      offsetof(struct header, done));
	fallocate(journal->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, sizeof(struct header),
		  (off_t)(journal->done - sizeof(struct header)));
}
