#include "daemon/run/spawn_area.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "daemon/run/identity.h"
#include "daemon/run/program.h"
#include "shared/base/mem.h"

#define AREA_BYTES (8 << 20) /* the kernel takes words and environment of 6 MiB at most */
#define KEEP_BYTES (64 << 10)
#define ALIGN 16

struct spawn_area {
	char *base;
	size_t used;
	uintptr_t heap_from, heap_to; /* 0: it cannot be left out */
};

/* The C library's own variables must not lie in it, as they do in a static program. */
static uintptr_t find_heap(void)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	uintptr_t from = 0, to = 0, own = (uintptr_t)&errno;
	char line[4352];

	while (maps && fgets(line, sizeof(line), maps))
		if (strstr(line, "[heap]") &&
		    sscanf(line, "%" SCNxPTR "-%" SCNxPTR, &from, &to) == 2)
			break;
	if (maps)
		fclose(maps);
	return own >= from && own < to ? 0 : from;
}

struct spawn_area *spawn_area_create(void)
{
	struct spawn_area *area = mem_zalloc(sizeof(*area));

	area->base = mmap(NULL, AREA_BYTES, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (area->base == MAP_FAILED) {
		free(area);
		return NULL;
	}
	area->heap_from = find_heap();
	return area;
}

void spawn_area_destroy(struct spawn_area *area)
{
	if (!area)
		return;
	munmap(area->base, AREA_BYTES);
	free(area);
}

/* Again when it has grown. */
static void hide_heap(struct spawn_area *area)
{
	uintptr_t to = (uintptr_t)sbrk(0);

	if (area->heap_from && to != area->heap_to &&
	    madvise((void *)area->heap_from, to - area->heap_from, MADV_DONTFORK) == 0)
		area->heap_to = to;
}

static void *take(struct spawn_area *area, size_t bytes)
{
	char *place = area->base + area->used;

	if (bytes > AREA_BYTES - area->used - ALIGN)
		return NULL;
	area->used += (bytes + ALIGN - 1) / ALIGN * ALIGN;
	return place;
}

static void *copy(struct spawn_area *area, const void *data, size_t bytes)
{
	void *place = take(area, bytes);

	return place ? memcpy(place, data, bytes) : NULL;
}

/* NULL stays NULL; false: there is no room. */
static bool copy_text(struct spawn_area *area, const char *text, char **ret_text)
{
	*ret_text = text ? copy(area, text, strlen(text) + 1) : NULL;
	return *ret_text || !text;
}

static bool copy_texts(struct spawn_area *area, char *const *texts, size_t count, char ***ret_texts)
{
	char **vector = take(area, (count + 1) * sizeof(*vector));
	bool fits = vector != NULL;

	for (size_t i = 0; fits && i < count; i++)
		fits = copy_text(area, texts[i], &vector[i]);
	if (fits)
		vector[count] = NULL;
	*ret_texts = vector;
	return fits;
}

static bool copy_program(struct spawn_area *area, const struct program *program,
			 const struct program **ret_program)
{
	struct program *seen = copy(area, program, sizeof(*program));
	char *must_read;
	size_t count = 0;

	while (program->environ && program->environ[count])
		count++;
	*ret_program = seen;
	if (!seen || !copy_text(area, program->must_read, &must_read))
		return false;
	seen->must_read = must_read;
	return copy_texts(area, program->argv.items, program->argv.count, &seen->argv.items) &&
	       copy_texts(area, program->candidates.items, program->candidates.count,
			  &seen->candidates.items) &&
	       copy_texts(area, program->environ, count, &seen->environ);
}

/* Of the spec a child reads numbers, and `cwd`. */
static bool copy_spec(struct spawn_area *area, const struct app_spec *spec,
		      const struct app_spec **ret_spec)
{
	struct app_spec *seen = copy(area, spec, sizeof(*spec));

	*ret_spec = seen;
	return seen && copy_text(area, spec->cwd, &seen->cwd);
}

int spawn_area_lay(struct spawn_area *area, const struct spawn *spawn, struct spawn *ret_seen)
{
	char *pid_path;

	if (area->used > KEEP_BYTES)
		madvise(area->base + KEEP_BYTES, AREA_BYTES - KEEP_BYTES, MADV_DONTNEED);
	area->used = 0;
	*ret_seen = *spawn;
	if (!copy_spec(area, spawn->spec, &ret_seen->spec) ||
	    !copy_program(area, spawn->program, &ret_seen->program) ||
	    !copy_text(area, spawn->pid_path, &pid_path))
		return -E2BIG;
	ret_seen->pid_path = pid_path;
	ret_seen->identity = copy(area, spawn->identity, sizeof(*spawn->identity));
	if (!ret_seen->identity)
		return -E2BIG;
	hide_heap(area);
	return 0;
}
