/* /proc/PID/stat: whatever a process calls itself, its numbers stay its numbers. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/run/procfs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct procfs_stat stat;

	if (procfs_parse_stat((const char *)data, size, &stat) < 0)
		return 0;
	if (memchr(stat.comm, '\0', sizeof(stat.comm)) == NULL)
		abort();
	return 0;
}
