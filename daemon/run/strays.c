#include "daemon/run/strays.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/keeper/keeper_link.h"
#include "daemon/run/procfs.h"
#include "shared/base/fdio.h"

#define CHILDREN_MAX 16384

struct judged {
	struct stray stray;
	bool alive; /* seen in the newest list */
	bool told;
};

struct strays {
	struct keeper_link *link;
	char marker[32]; /* "PMC_INSTANCE=ID." */
	int children_fd, keeper_pid;
	bool fresh;
	struct judged *items;
	size_t count, cap;
	int *pids;    /* scratch: the keeper's children */
	int *leaders; /* scratch: sorted */
	size_t leader_count;
};

struct strays *strays_create(struct keeper_link *link, const char *home_id)
{
	struct strays *strays = mem_zalloc(sizeof(*strays));

	strays->link = link;
	strays->children_fd = -1;
	snprintf(strays->marker, sizeof(strays->marker), "PMC_INSTANCE=%.8s.", home_id);
	return strays;
}

void strays_destroy(struct strays *strays)
{
	if (!strays)
		return;
	fdio_closep(&strays->children_fd);
	free(strays->items);
	free(strays->pids);
	free(strays->leaders);
	free(strays);
}

void strays_changed(struct strays *strays)
{
	strays->fresh = false;
}

static int compare_int(const void *a, const void *b)
{
	int x = *(const int *)a, y = *(const int *)b;

	return (x > y) - (x < y);
}

/* Leaders (an ended one too: its pid cannot be given out before its slot is FREE) and the engine.
 */
static void collect_leaders(struct strays *strays)
{
	uint32_t used = atomic_load(&keeper_link_beat(strays->link)->slots_used);

	strays->leaders = mem_resize(strays->leaders, used + 1, sizeof(int));
	strays->leader_count = 0;
	strays->leaders[strays->leader_count++] = keeper_link_header(strays->link)->engine_pid;
	for (uint32_t i = 0; i < used; i++) {
		struct keeper_slot *slot = keeper_link_slot(strays->link, (int)i);
		int pid = atomic_load(&slot->pid);

		if (atomic_load(&slot->state) != SLOT_FREE && pid > 0)
			strays->leaders[strays->leader_count++] = pid;
	}
	qsort(strays->leaders, strays->leader_count, sizeof(int), compare_int);
}

static bool is_leader(const struct strays *strays, int pid)
{
	return bsearch(&pid, strays->leaders, strays->leader_count, sizeof(int), compare_int);
}

static struct judged *find_judged(struct strays *strays, int pid)
{
	for (size_t i = 0; i < strays->count; i++)
		if (strays->items[i].stray.pid == pid)
			return &strays->items[i];
	return NULL;
}

static int slot_of_session(struct strays *strays, int session)
{
	uint32_t used = atomic_load(&keeper_link_beat(strays->link)->slots_used);

	for (uint32_t i = 0; session > 1 && i < used; i++) {
		struct keeper_slot *slot = keeper_link_slot(strays->link, (int)i);

		if (atomic_load(&slot->state) != SLOT_FREE && atomic_load(&slot->pid) == session)
			return (int)i;
	}
	return -1;
}

static void judge(struct strays *strays, int pid)
{
	struct judged *item;
	struct procfs_stat stat;
	char value[64];
	unsigned long long seq = 0;
	int slot = -1;

	if (procfs_environ_find(pid, strays->marker, value, sizeof(value)) != 1 ||
	    sscanf(value, "%d.%llu", &slot, &seq) != 2 || slot < 0 || slot >= KEEPER_SLOTS)
		slot = -1;
	/* asked last: one that is ending shows no environment any more, and needs no judgement */
	if (procfs_read_stat(pid, &stat) < 0 || stat.state == 'Z' || stat.vsize_bytes == 0)
		return;
	if (slot < 0) {
		slot = slot_of_session(strays, stat.session);
		seq = 0;
	}
	if (strays->count == strays->cap) {
		strays->cap = strays->cap ? strays->cap * 2 : 16;
		strays->items = mem_resize(strays->items, strays->cap, sizeof(*strays->items));
	}
	item = &strays->items[strays->count++];
	*item = (struct judged){.alive = true};
	item->stray = (struct stray){
		.pid = pid, .start_ticks = stat.start_ticks, .slot = slot, .seq = seq};
	memcpy(item->stray.comm, stat.comm, sizeof(item->stray.comm));
}

static void forget_dead(struct strays *strays)
{
	size_t kept = 0;

	for (size_t i = 0; i < strays->count; i++)
		if (strays->items[i].alive)
			strays->items[kept++] = strays->items[i];
	strays->count = kept;
}

static int open_children(struct strays *strays)
{
	int pid = keeper_link_header(strays->link)->keeper_pid;
	char path[64];

	if (strays->children_fd >= 0 && strays->keeper_pid == pid)
		return 0;
	fdio_closep(&strays->children_fd);
	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", pid, pid);
	strays->children_fd = open(path, O_RDONLY | O_CLOEXEC);
	strays->keeper_pid = pid;
	return strays->children_fd >= 0 ? 0 : -1;
}

static void refresh(struct strays *strays)
{
	int count;

	if (strays->fresh)
		return;
	strays->fresh = true;
	if (!strays->pids)
		strays->pids = mem_zalloc(CHILDREN_MAX * sizeof(int));
	if (open_children(strays) < 0)
		return;
	count = procfs_children_fd(strays->children_fd, strays->pids, CHILDREN_MAX);
	collect_leaders(strays);
	for (size_t i = 0; i < strays->count; i++)
		strays->items[i].alive = false;
	for (int i = 0; i < count; i++) {
		struct judged *known;

		if (is_leader(strays, strays->pids[i]))
			continue;
		known = find_judged(strays, strays->pids[i]);
		if (known)
			known->alive = true;
		else
			judge(strays, strays->pids[i]);
	}
	forget_dead(strays);
}

size_t strays_of(struct strays *strays, int slot, struct stray *ret, size_t max)
{
	size_t found = 0;

	refresh(strays);
	for (size_t i = 0; i < strays->count; i++) {
		if (strays->items[i].stray.slot != slot)
			continue;
		if (found < max)
			ret[found] = strays->items[i].stray;
		found++;
	}
	return found < max ? found : max;
}

bool strays_next_unknown(struct strays *strays, struct stray *ret)
{
	for (size_t i = 0; i < strays->count; i++) {
		if (strays->items[i].stray.slot >= 0 || strays->items[i].told)
			continue;
		strays->items[i].told = true;
		*ret = strays->items[i].stray;
		return true;
	}
	return false;
}
