#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "shared/base/diagnostics.h"
#include "shared/spec/ecosystem.h"
#include "tests/unit/cli/golden.h"

static const char file[] = "apps:\n"
			   "  - name: web\n"
			   "    script: server.js\n"
			   "    max_memory_restrat: 300M\n"
			   "    kill_timeout: soon\n"
			   "    instances: -7\n"
			   "\n"
			   "  - name: 日本語アプリ\n"
			   "    script: app.js\n"
			   "    env: {GREETING: \"日本\"}\n"
			   "    exec_mode: forkk\n"
			   "  - nmae: \"red\\e[31m\"\n"
			   "    script: worker.js\n"
			   "  - {name: far, script: /srv/a/folder/with/a/long/name/server.js, "
			   "args: [one, two, three], exec_mode: forkk, watch: false, time: true, "
			   "namespace: the-last-of-a-line}\n";

/* As `pmc validate` and `pmc start` show them on a terminal; with the source, and without. */
static void every_mistake_is_shown_where_it_is(void **state)
{
	_cleanup_(diagnostics_done) struct diagnostics diags = {.source_file = "eco.yml"};
	struct ecosystem_options options = {.strictness = ECOSYSTEM_BY_NAME};
	_cleanup_(str_done) struct str shown = {}, lines = {};
	struct ecosystem eco = {};

	assert_true(ecosystem_parse("eco.yml", file, strlen(file), &options, &eco, &diags) < 0);
	diagnostics_format(&diags, file, strlen(file), &shown);
	diagnostics_format(&diags, NULL, 0, &lines);
	golden_compare("mistakes.txt", &shown);
	golden_compare("mistakes-piped.txt", &lines);
	ecosystem_done(&eco);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_mistake_is_shown_where_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
