/* Targets of commands: any text means some rows or is an error, and only marks rows that there are.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/core/selector.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct selector_row rows[] = {
		{0, 0, "web", "default", "/srv/web.js"},
		{1, 1, "web", "default", NULL},
		{2, 0, "7", "tools", "/srv/seven"},
	};
	bool hits[ARRAY_SIZE(rows)] = {false};
	char *target = mem_strndup((const char *)data, size);
	struct pmc_error err = {0};
	int r = selector_match(target, rows, ARRAY_SIZE(rows), hits, &err),
	    marked = hits[0] + hits[1] + hits[2];

	if (r < 0 ? marked != 0 || err.message[0] == '\0' : r != marked)
		abort();
	free(target);
	return 0;
}
