#include "daemon/run/program_size.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>

#include "daemon/run/program.h"
#include "shared/base/str.h"
#include "shared/base/units.h"

#define KERNEL_MAX (INT64_C(6) << 20)	/* three quarters of the kernel's _STK_LIM */
#define KERNEL_LEAST (INT64_C(1) << 17) /* ARG_MAX: so much is always allowed */

static int64_t limit_of(const struct app_spec *spec)
{
	struct rlimit stack = {.rlim_cur = RLIM_INFINITY};
	int64_t limit;

	getrlimit(RLIMIT_STACK, &stack);
	if (spec->limits.of[SPEC_LIMIT_STACK].given)
		stack.rlim_cur = spec->limits.of[SPEC_LIMIT_STACK].value;
	limit = stack.rlim_cur / 4 < (rlim_t)KERNEL_MAX ? (int64_t)(stack.rlim_cur / 4)
							: KERNEL_MAX;
	return limit > KERNEL_LEAST ? limit : KERNEL_LEAST;
}

static int64_t bytes_of(char *const *words)
{
	int64_t bytes = sizeof(*words);

	for (; words && *words; words++)
		bytes += (int64_t)(strlen(*words) + 1 + sizeof(*words));
	return bytes;
}

int program_size_check(const struct program *program, const struct app_spec *spec,
		       struct pmc_error *err)
{
	int64_t argv = bytes_of(program->argv.items), env = bytes_of(program->environ);
	_cleanup_(str_done) struct str text = {0};
	int64_t limit = limit_of(spec);

	if (argv + env <= limit)
		return 0;
	str_append(&text, "args are ");
	units_human_size(&text, argv);
	str_append(&text, ", env is ");
	units_human_size(&text, env);
	str_append(&text, ", limit of both ");
	units_human_size(&text, limit);
	pmc_error_set(err, -E2BIG, "%s", str_cstr(&text));
	return pmc_error_hint(err, "pass large data in a file; the limit is a quarter of the stack "
				   "limit (`limits: stack`), at most 6 MiB");
}
