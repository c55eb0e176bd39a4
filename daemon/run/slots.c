#include "daemon/run/slots.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shared/base/clock.h"
#include "shared/base/fdio.h"

struct header {
	uint32_t layout, header_bytes, entry_bytes, entries;
	char boot_id[40];
	uint64_t next_seq;
	uint32_t used, ring_next;
};

/* Header and ring are allocated at once, entries when they are claimed: no store can fail for lack
 * of room (SIGBUS), and nobody pays for 4,096 instances who has ten. */
#define RING_OFFSET 4096u
#define ENTRIES_OFFSET (RING_OFFSET + SLOTS_RING * sizeof(struct slot_end))
#define FILE_BYTES (ENTRIES_OFFSET + SLOTS_MAX * sizeof(struct slot_entry))

struct slots {
	struct header *header;
	struct slot_entry *entries;
	struct slot_end *ring;
	int fd;
	int first_free_hint;
};

static bool is_usable(const struct header *header, const char *boot_id)
{
	return header->layout == SLOTS_LAYOUT && header->header_bytes == sizeof(struct header) &&
	       header->entry_bytes == sizeof(struct slot_entry) && header->entries == SLOTS_MAX &&
	       header->used <= SLOTS_MAX &&
	       strncmp(header->boot_id, boot_id, sizeof(header->boot_id)) == 0;
}

static void make_fresh(struct header *header, const char *boot_id)
{
	*header = (struct header){
		.layout = SLOTS_LAYOUT,
		.header_bytes = sizeof(struct header),
		.entry_bytes = sizeof(struct slot_entry),
		.entries = SLOTS_MAX,
		.next_seq = (uint64_t)
			clock_wall_us(), /* later lives get later numbers, also after a clean end */
	};
	strncpy(header->boot_id, boot_id, sizeof(header->boot_id) - 1);
}

/* Entries come from memory that an engine wrote while it was dying: what cannot be true is put
 * right. */
static void sanitize(struct slots *slots)
{
	for (uint32_t i = 0; i < slots->header->used; i++) {
		struct slot_entry *entry = &slots->entries[i];

		entry->name[SLOTS_NAME_MAX - 1] = '\0';
		if (atomic_load(&entry->pending)) {
			entry->now = entry->next;
			atomic_store(&entry->pending, 0);
		}
		if (entry->now.life.state >= STATE_COUNT || entry->now.life.after >= STATE_COUNT ||
		    entry->used > 1)
			memset(entry, 0, sizeof(*entry));
	}
}

/* Too short, too long or not of this layout: begin anew in a file of the right size. */
static int map_file(struct slots *slots, int fd, bool reset)
{
	void *memory;
	int r;

	if (reset && ftruncate(fd, 0) < 0)
		return -errno;
	if (ftruncate(fd, (off_t)FILE_BYTES) < 0)
		return -errno;
	r = posix_fallocate(fd, 0, (off_t)ENTRIES_OFFSET);
	if (r != 0)
		return -r;
	memory = mmap(NULL, FILE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED)
		return -errno;
	slots->header = memory;
	slots->entries = (struct slot_entry *)(void *)((char *)memory + ENTRIES_OFFSET);
	slots->ring = (struct slot_end *)(void *)((char *)memory + RING_OFFSET);
	return 0;
}

int slots_open(int shm_dir_fd, const char *boot_id, bool anew, struct slots **ret_slots,
	       struct pmc_error *err)
{
	_cleanup_(fdio_closep) int fd = -1;
	struct slots *slots = mem_zalloc(sizeof(*slots));
	struct stat st;
	bool fresh;
	int r;

	fd = openat(shm_dir_fd, "engine.state", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0 || fstat(fd, &st) < 0) {
		r = -errno;
		free(slots);
		return pmc_error_errno(err, r, "cannot open engine.state");
	}
	fresh = anew || (uint64_t)st.st_size != FILE_BYTES;
	r = map_file(slots, fd, fresh);
	if (r == 0 && !fresh && !is_usable(slots->header, boot_id)) {
		munmap(slots->header, FILE_BYTES);
		fresh = true;
		r = map_file(slots, fd, true);
	}
	if (r < 0) {
		free(slots);
		return pmc_error_errno(err, r, "cannot map engine.state");
	}
	if (fresh)
		make_fresh(slots->header, boot_id);
	else
		sanitize(slots);
	slots->fd = fd;
	fd = -1;
	*ret_slots = slots;
	return 0;
}

void slots_close(struct slots *slots)
{
	if (!slots)
		return;
	munmap(slots->header, FILE_BYTES);
	close(slots->fd);
	free(slots);
}

struct slot_entry *slots_entry(struct slots *slots, int slot)
{
	return &slots->entries[slot];
}

static bool is_free(const struct slots *slots, int slot)
{
	return (uint32_t)slot >= slots->header->used || !slots->entries[slot].used;
}

int slots_claim_at(struct slots *slots, int slot)
{
	off_t at = (off_t)(ENTRIES_OFFSET + (size_t)slot * sizeof(struct slot_entry));

	if (!is_free(slots, slot))
		return -EBUSY;
	if (posix_fallocate(slots->fd, at, sizeof(struct slot_entry)) != 0)
		return -ENOMEM;
	memset(&slots->entries[slot], 0, sizeof(slots->entries[slot]));
	slots->entries[slot].used = 1;
	if ((uint32_t)slot >= slots->header->used) {
		for (uint32_t i = slots->header->used; i < (uint32_t)slot; i++)
			if (posix_fallocate(slots->fd,
					    (off_t)(ENTRIES_OFFSET + i * sizeof(struct slot_entry)),
					    sizeof(struct slot_entry)) != 0)
				return -ENOMEM;
		slots->header->used = (uint32_t)slot + 1;
	}
	return slot;
}

int slots_claim(struct slots *slots)
{
	for (int i = slots->first_free_hint; i < SLOTS_MAX; i++) {
		int r;

		if (!is_free(slots, i))
			continue;
		r = slots_claim_at(slots, i);
		if (r >= 0)
			slots->first_free_hint = i + 1;
		return r;
	}
	return -ENOSPC;
}

void slots_commit(struct slot_entry *entry, const struct slot_now *now)
{
	entry->next = *now;
	atomic_store(&entry->pending, 1);
	entry->now = *now;
	atomic_store(&entry->pending, 0);
}

void slots_release(struct slots *slots, int slot)
{
	memset(&slots->entries[slot], 0, sizeof(slots->entries[slot]));
	if (slot < slots->first_free_hint)
		slots->first_free_hint = slot;
	while (slots->header->used > 0 && !slots->entries[slots->header->used - 1].used)
		slots->header->used--;
}

int slots_used(const struct slots *slots)
{
	return (int)slots->header->used;
}

uint64_t slots_next_seq(struct slots *slots)
{
	return slots->header->next_seq++;
}

void slots_seq_above(struct slots *slots, uint64_t seq)
{
	if (slots->header->next_seq <= seq)
		slots->header->next_seq = seq + 1;
}

void slots_record_end(struct slots *slots, const struct slot_end *end)
{
	uint32_t at = slots->header->ring_next % SLOTS_RING;

	slots->ring[at].seq = 0;
	slots->ring[at] = *end;
	slots->header->ring_next = at + 1;
}

const struct slot_end *slots_end_at(const struct slots *slots, unsigned i)
{
	return &slots->ring[(slots->header->ring_next + i) % SLOTS_RING];
}

uint64_t slots_key(const char *name)
{
	uint64_t hash = 14695981039346656037ull;

	for (; *name; name++)
		hash = (hash ^ (unsigned char)*name) * 1099511628211ull;
	return hash ? hash : 1;
}
