#include "numbered.h"

#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cmocka.h>

#include "rig.h"
#include "shared/base/fdio.h"
#include "shared/base/str.h"

struct numbered *numbered_create(void)
{
	struct numbered *numbered = mmap(NULL, sizeof(*numbered), PROT_READ | PROT_WRITE,
					 MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (numbered == MAP_FAILED)
		abort();
	return numbered;
}

void numbered_destroy(struct numbered *numbered)
{
	munmap(numbered, sizeof(*numbered));
}

uint32_t numbered_dice(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}

/* In pieces that end anywhere, as a program without line buffering does. */
static void write_in_pieces(int fd, const char *text, size_t len, uint32_t *seed)
{
	while (len > 0) {
		size_t piece = numbered_dice(seed) % 4 ? len : 1 + numbered_dice(seed) % len;

		if (fdio_write_all(fd, text, piece) < 0)
			_exit(1);
		text += piece;
		len -= piece;
	}
}

static void run_writer(struct numbered *shared, int fd, unsigned n, unsigned max, uint32_t seed)
{
	char line[512];

	prctl(PR_SET_PDEATHSIG, SIGKILL); /* if the test fails */
	for (unsigned number = 0; number < max && !atomic_load(&shared->stop); number++) {
		int fill = (int)(numbered_dice(&seed) % (numbered_dice(&seed) % 8 ? 60 : 400));
		int len = snprintf(line, sizeof(line), "%u %u %.*s;\n", n, number, fill,
				   "---------------------------------------------------------------"
				   "----------------"
				   "---------------------------------------------------------------"
				   "----------------"
				   "---------------------------------------------------------------"
				   "----------------"
				   "---------------------------------------------------------------"
				   "----------------"
				   "---------------------------------------------------------------"
				   "----------------");

		write_in_pieces(fd, line, (size_t)len, &seed);
		atomic_store(&shared->written[n], number + 1);
		if (numbered_dice(&seed) % 64 == 0)
			poll(NULL, 0, (int)(numbered_dice(&seed) % 4)); /* an app has its pauses */
	}
	_exit(0);
}

pid_t numbered_start_writer(struct numbered *numbered, int fd, unsigned n, unsigned max,
			    uint32_t seed)
{
	pid_t pid = fork();

	if (pid == 0)
		run_writer(numbered, fd, n, max, seed);
	return pid;
}

/* "at …: " in front where a time belongs, then "n number ---;" */
static const char *check_line(const char *line, bool dated, unsigned next[NUMBERED_WRITERS])
{
	unsigned n, number;
	int end = 0;

	if (dated) {
		const char *colon = strstr(line, ": ");

		if (strncmp(line, "at ", 3) != 0 || !colon)
			return "has no time";
		line = colon + 2;
	}
	if (sscanf(line, "%u %u %*[-]%n", &n, &number, &end) < 2 || n >= NUMBERED_WRITERS)
		return "is not a line";
	if (strcspn(line, ";") + 1 != strlen(line))
		return "is not whole";
	if (number != next[n])
		return number < next[n] ? "is there twice" : "comes too early";
	next[n]++;
	return NULL;
}

static const char *json_message(char *line)
{
	char *end = strstr(line, "\",\"timestamp\":");

	if (strncmp(line, "{\"message\":\"", 12) != 0 || !end)
		return "";
	*end = '\0';
	return line + 12;
}

static bool is_dated(enum numbered_format format, const char *line)
{
	return format == NUMBERED_DATED || (format == NUMBERED_MIXED && line[0] == 'a');
}

void numbered_check(const struct numbered *numbered, const char *path, enum numbered_format format,
		    const unsigned *writers, unsigned count)
{
	_cleanup_(str_done) struct str content = {};
	unsigned next[NUMBERED_WRITERS] = {0};
	char *line, *rest = NULL;

	rig_read(path, &content);
	assert_true(content.len > 0 && content.data[content.len - 1] == '\n');
	for (line = strtok_r(content.data, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		const char *text = format == NUMBERED_JSON ? json_message(line) : line;
		const char *wrong = check_line(text, is_dated(format, line), next);

		if (wrong)
			fail_msg("%s: line '%s' %s (next %u)", path, line, wrong, next[writers[0]]);
	}
	for (unsigned i = 0; i < count; i++)
		assert_int_equal(next[writers[i]], atomic_load(&numbered->written[writers[i]]));
}
