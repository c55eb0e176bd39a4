#include "daemon/programs.h"

#include <limits.h>
#include <unistd.h>

#include "shared/base/mem.h"
#include "shared/base/path.h"

char *programs_self(void)
{
	char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);

	if (n <= 0)
		return NULL;
	path[n] = '\0';
	return mem_strdup(path);
}

char *programs_find(const char *name, const char *room)
{
	_cleanup_(mem_freep) char *self = programs_self();
	_cleanup_(mem_freep) char *dir = self ? path_dir(self) : NULL;
	_cleanup_(mem_freep) char *beside = dir ? path_join(dir, name) : NULL;
	_cleanup_(mem_freep) char *built = dir ? mem_printf("%s/%s/%s", dir, room, name) : NULL;

	if (beside && access(beside, X_OK) == 0)
		return steal_ptr(&beside);
	if (built && access(built, X_OK) == 0)
		return steal_ptr(&built);
	return NULL;
}
