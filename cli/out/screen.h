/* screen: a text that is drawn again and again at the same place of a terminal; elsewhere each is
 * simply printed below the one before. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct screen {
	int fd;
	bool drawn;
};

/* Nothing is left to be put right: the text stays where it is. */
void screen_done(struct screen *screen);

/* Draw `text`, lines that end in newlines; what has no room on the terminal is left out at the end.
 * 0 or negative errno (-EPIPE, -EIO: nobody looks any more). */
int screen_show(struct screen *screen, const char *text);

/* Wait. False: nobody looks any more. */
bool screen_wait(const struct screen *screen, int64_t ms);
