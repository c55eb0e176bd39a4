#include "cli/out/screen.h"

#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/out/style.h"
#include "shared/base/clock.h"
#include "shared/base/fdio.h"
#include "shared/base/mem.h"
#include "shared/base/str.h"

#define CLEAR "\033[2J"
#define HOME "\033[H"
#define CLEAR_LINE_END "\033[K"
#define CLEAR_BELOW "\033[J"

void screen_done(struct screen *screen)
{
	*screen = (struct screen){.fd = -1};
}

/* Lines of the terminal that can be written without scrolling. */
static unsigned height_of(int fd)
{
	struct winsize size = {};

	return ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_row > 1 ? size.ws_row - 1u : 23;
}

static void append_frame(const struct screen *screen, const char *text, struct str *out)
{
	unsigned left = height_of(screen->fd);

	str_append(out, screen->drawn ? HOME : CLEAR HOME);
	for (; *text && left > 0; left--) {
		size_t len = strcspn(text, "\n");

		str_append_bytes(out, text, len);
		str_append(out, CLEAR_LINE_END "\n");
		text += len + (text[len] == '\n');
	}
	str_append(out, CLEAR_BELOW);
}

int screen_show(struct screen *screen, const char *text)
{
	_cleanup_(str_done) struct str frame = {};

	if (!style_redraws(screen->fd))
		return fdio_write_all(screen->fd, text, strlen(text));
	append_frame(screen, text, &frame);
	screen->drawn = true;
	return fdio_write_all(screen->fd, frame.data, frame.len);
}

bool screen_wait(const struct screen *screen, int64_t ms)
{
	int64_t end_ms = clock_now_ms() + ms, left_ms;

	while ((left_ms = end_ms - clock_now_ms()) > 0) {
		struct pollfd fd = {.fd = screen->fd}; /* POLLERR, POLLHUP: nobody looks */

		if (poll(&fd, 1, (int)left_ms) > 0)
			return false;
	}
	return true;
}
