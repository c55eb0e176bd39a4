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
#include "shared/base/path.h"
#include "shared/base/str.h"

#define AREA_BYTES (8 << 20) /* the kernel takes words and environment of 6 MiB at most */
#define KEEP_BYTES (64 << 10)
#define ALIGN 16
#define GUARD_BYTES 4096

struct spawn_area {
	char *base;
	size_t used;
	uintptr_t heap_from, heap_to; /* 0: it cannot be left out */
	bool looked;		      /* at what else can be left out */
};

/* Of what is mapped from files, a child calls the C library and writes in the keeper's table. */
static bool is_of_no_use(const char *path)
{
	static const char *const names[] = {"libuv.",	 "libsqlite3.", "libjansson.", "libpcre2-",
					    "libinih.",	 "libz.",	"libm.",       "libzstd.",
					    "state.db-", "history.db-", "engine.state"};
	const char *name = path_base(path);

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (str_starts(name, names[i]))
			return true;
	return false;
}

/* Another thread's stack is anonymous memory behind a guard of one page. */
static bool is_stack(const char *path, const char *rights, uintptr_t from, uintptr_t guard_end)
{
	return !path[0] && from == guard_end && strcmp(rights, "rw-p") == 0;
}

/* The C library's own variables must not lie in the heap, as they do in a static program. What is
 * left out is not copied: a clone takes time for each mapping, and an exec to drop it again. */
static void hide_mappings(struct spawn_area *area)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	uintptr_t from, to, guard_end = 0, own = (uintptr_t)&errno;
	char line[4352], rights[8], path[4096];

	while (maps && fgets(line, sizeof(line), maps)) {
		path[0] = '\0';
		if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %7s %*s %*s %*s %4095s", &from, &to,
			   rights, path) < 3)
			continue;
		if (strcmp(path, "[heap]") == 0)
			area->heap_from = own >= from && own < to ? 0 : from;
		else if (is_of_no_use(path) || is_stack(path, rights, from, guard_end))
			(void)madvise((void *)from, to - from, MADV_DONTFORK);
		guard_end = strcmp(rights, "---p") == 0 && to - from == GUARD_BYTES ? to : 0;
	}
	if (maps)
		fclose(maps);
	area->looked = true;
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
	return area;
}

void spawn_area_destroy(struct spawn_area *area)
{
	if (!area)
		return;
	munmap(area->base, AREA_BYTES);
	free(area);
}

/* The heap again when it has grown. */
static void hide(struct spawn_area *area)
{
	uintptr_t to = (uintptr_t)sbrk(0);

	if (!area->looked)
		hide_mappings(area);
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
	hide(area);
	return 0;
}
