#include "cli/cmd.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "cli/args.h"
#include "cli/new_file.h"
#include "cli/out/json.h"
#include "cli/yaml_out.h"
#include "shared/base/fdio.h"
#include "shared/base/path.h"
#include "shared/base/str.h"
#include "shared/spec/spec_node.h"

#define FILE_NAME "ecosystem.yml"
#define PACKAGE_MAX (1 << 20)

struct starter {
	char *name, *script;
};

static void starter_done(struct starter *starter)
{
	free(starter->name);
	free(starter->script);
}

static const char *first_of(const char *const *names)
{
	while (*names && access(*names, R_OK) < 0)
		names++;
	return *names;
}

/* The name of a package without its scope: @company/shop is called shop. */
static char *package_name(const json_t *package)
{
	const char *name = json_get_text(package, "name", "");

	name = path_base(name);
	return spec_node_bad_name(name) || strlen(name) > 200 ? NULL : mem_strdup(name);
}

/* package.json may be missing, or nonsense: then it has nothing to say. */
static json_t *read_package(void)
{
	_cleanup_(str_done) struct str text = {};

	if (fdio_read_file(AT_FDCWD, "package.json", PACKAGE_MAX, &text, NULL) < 0)
		return NULL;
	return json_loadb(str_cstr(&text), text.len, 0, NULL);
}

/* What is here that can be run; else a command that always can. */
static void look_around(struct starter *starter)
{
	static const char *const usual[] = {"server.js", "app.js",   "index.js",  "src/index.js",
					    "main.py",	 "app.py",   "server.py", "main.sh",
					    "run.sh",	 "start.sh", NULL};
	json_t *package = read_package();
	const char *main_file = json_get_text(package, "main", NULL), *script;

	script = main_file && access(main_file, R_OK) == 0 ? main_file : first_of(usual);
	starter->name = package_name(package);
	starter->script = mem_strdup(script ? script : "while :; do date; sleep 10; done");
	if (!starter->name)
		starter->name = mem_strdup("app");
	json_decref(package);
}

static void append_head(const struct starter *starter, struct str *out)
{
	str_append(out, "# yaml-language-server: $schema=" PMC_SCHEMA_PATH "\n"
			"# Apps for pmc:  pmc start       starts them\n"
			"#                pmc validate    checks this file\n"
			"# Every option is in the manual: man pmc-ecosystem\n"
			"apps:\n"
			"  - name: ");
	yaml_out_text(starter->name, out);
	str_append(out, "\n    script: ");
	yaml_out_text(starter->script, out);
	str_append_char(out, '\n');
}

static void append_rest(struct str *out)
{
	str_append(
		out,
		"    # args: --verbose                # for the script\n"
		"    # cwd: .                         # paths are relative to this file\n"
		"    # interpreter: node              # else by the script's extension\n"
		"\n"
		"    # How many, and when to start again\n"
		"    # instances: 2                   # or max: one for each CPU\n"
		"    # autorestart: true\n"
		"    # max_restarts: 16               # so many failed starts in a row, and it is "
		"given up\n"
		"    # min_uptime: 1s                 # a life that is shorter is a failed start\n"
		"\n"
		"    # How it is asked to end\n"
		"    # stop_signal: SIGTERM\n"
		"    # kill_timeout: 5s\n"
		"\n"
		"    # Where its output goes\n"
		"    # out_file: logs/out.log\n"
		"    # error_file: logs/error.log\n"
		"    # time: true\n"
		"\n"
		"    # Variables; those of a profile come on top: pmc start --env production\n"
		"    env:\n"
		"      NODE_ENV: development\n"
		"    env_production:\n"
		"      NODE_ENV: production\n");
}

static int run(struct command_context *ctx)
{
	const struct strlist *words = &ctx->args->words;
	_cleanup_(starter_done) struct starter starter = {};
	_cleanup_(str_done) struct str text = {};
	struct pmc_error err = {};

	if (words->count == 1 && strcmp(words->items[0], "simple") != 0) {
		say_fail(&ctx->say,
			 "'%s' is no kind of file to begin with: leave it out, or say "
			 "simple",
			 words->items[0]);
		return 1;
	}
	look_around(&starter);
	append_head(&starter, &text);
	if (words->count == 0)
		append_rest(&text);
	if (new_file_write(FILE_NAME, &text, 0644, ctx->flags->force, &err) < 0)
		return say_error(&ctx->say, &err);
	say_info(&ctx->say, FILE_NAME " is written: it starts %s as %s", starter.script,
		 starter.name);
	return 0;
}

const struct command cmd_init = {
	.name = "init",
	.aliases = COMMAND_ALIASES("ecosystem"),
	.summary = "Write an ecosystem.yml to begin with.",
	.args = "[simple]",
	.doc = "Name and script come from package.json, or from what lies here. `simple` leaves "
	       "the "
	       "explanations out. A file that is here is not written over unless --force is given. "
	       "Starts no daemon.",
	.group = GROUP_FILES,
	.max_words = 1,
	.flags = COMMAND_FLAGS(FLAG_force),
	.run = run,
};
