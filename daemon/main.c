/* pmcd: the daemon's command line. As a person types it, it starts keeper and engine; as the keeper
 * types it, it is the engine. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "daemon/daemon.h"
#include "daemon/keeper/keeper_table.h"
#include "daemon/launch.h"
#include "daemon/programs.h"
#include "shared/config/home.h"

/* One runs already, or is just starting or ending: `pmc` that lost the race goes on waiting for it.
 */
#define EXIT_ALREADY 2

static int fail(const struct pmc_error *err)
{
	fprintf(stderr, "pmcd: %s\n", err->message);
	if (err->hint[0])
		fprintf(stderr, "      %s\n", err->hint);
	return err->code == -EALREADY ? EXIT_ALREADY : 1;
}

static int start_daemon(bool foreground)
{
	_cleanup_(mem_freep) char *engine = programs_self();
	_cleanup_(mem_freep) char *keeper = programs_find("pmc-keeper", "keeper");
	struct pmc_error err = {0};
	struct home home = {0};
	int r;

	if (!engine || !keeper) {
		pmc_error_set(&err, -1, "pmc-keeper is not beside pmcd");
		pmc_error_hint(&err, "is the installation whole?");
		return fail(&err);
	}
	r = home_find(&home, &err);
	if (r == 0)
		r = launch_daemon(&home, foreground, keeper, engine, &err);
	home_done(&home);
	return r < 0 ? fail(&err) : 0;
}

static int usage(FILE *out)
{
	fputs("usage: pmcd                 start the daemon in the background\n"
	      "       pmcd --foreground    start it here, messages to stderr (for systemd and "
	      "containers)\n"
	      "       pmcd --check         say whether this binary can start\n"
	      "       pmcd --version | --help\n"
	      "\n"
	      "The daemon of `pmc`, which starts it when it is needed. Its home is $PMC_HOME, else "
	      "~/.pmc;\n"
	      "its settings are in pmcd.ini there.\n",
	      out);
	return out == stdout ? 0 : 1;
}

int main(int argc, char **argv)
{
	const char *first = argc > 1 ? argv[1] : "";

	if (argc == 1)
		return start_daemon(false);
	if (strcmp(first, "--engine") == 0 && argc == 3)
		return daemon_run(argv[2]);
	if (argc > 2)
		return usage(stderr);
	if (strcmp(first, "--foreground") == 0)
		return start_daemon(true);
	if (strcmp(first, "--check") == 0)
		return printf("pmcd %s keeper abi %d\n", PMC_VERSION, KEEPER_ABI) < 0;
	if (strcmp(first, "--version") == 0)
		return printf("%s\n", PMC_VERSION) < 0;
	if (strcmp(first, "--help") == 0)
		return usage(stdout);
	fprintf(stderr, "pmcd: unknown option '%s'\n", first);
	return usage(stderr);
}
