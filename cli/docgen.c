/* docgen PAGE: print a page of the manual with its parts filled in. A program of the build, not
 * part of pmc.
 *
 * A page is scdoc with lines such as `@options@`, each replaced by a part made from a table, and
 * `@version@` anywhere. What a manual says about an option, a command, a method is the text of its
 * row, so it cannot be out of date. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/docgen_cli.h"
#include "cli/docgen_tables.h"
#include "shared/base/mem.h"
#include "shared/base/str.h"

static const struct part {
	const char *name;
	void (*append)(struct str *out);
} parts[] = {
	{"commands", docgen_cli_commands},	   {"command-flags", docgen_cli_command_flags},
	{"global-flags", docgen_cli_global_flags}, {"app-flags", docgen_cli_app_flags},
	{"options", docgen_tables_options},	   {"settings", docgen_tables_settings},
	{"ignored", docgen_tables_ignored},	   {"states", docgen_tables_states},
	{"events", docgen_tables_events},	   {"methods", docgen_tables_methods},
};

static const struct part *find_part(const char *line, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		if (len == strlen(parts[i].name) + 2 && line[0] == '@' && line[len - 1] == '@' &&
		    strncmp(line + 1, parts[i].name, len - 2) == 0)
			return &parts[i];
	}
	return NULL;
}

static void append_line(struct str *out, const char *line, size_t len)
{
	static const char version[] = "@version@";
	const char *at = memmem(line, len, version, sizeof(version) - 1);

	if (at) {
		str_append_bytes(out, line, (size_t)(at - line));
		str_append(out, PMC_VERSION);
		len -= (size_t)(at - line) + sizeof(version) - 1;
		line = at + sizeof(version) - 1;
	}
	str_append_bytes(out, line, len);
	str_append_char(out, '\n');
}

/* -EINVAL: a line asks for a part that does not exist. */
static int expand(const char *page, FILE *file, struct str *out)
{
	_cleanup_(mem_freep) char *line = NULL;
	size_t cap = 0, number = 0;
	ssize_t got;

	while ((got = getline(&line, &cap, file)) > 0) {
		size_t len = (size_t)got - (line[got - 1] == '\n');
		const struct part *part = find_part(line, len);

		number++;
		if (part) {
			part->append(out);
		} else if (len > 0 && line[0] == '@' && line[len - 1] == '@') {
			fprintf(stderr, "%s:%zu: no part is called %s", page, number, line);
			return -EINVAL;
		} else {
			append_line(out, line, len);
		}
	}
	return 0;
}

int main(int argc, char **argv)
{
	_cleanup_(str_done) struct str out = {};
	FILE *file = argc == 2 ? fopen(argv[1], "re") : NULL;
	int r;

	if (!file) {
		fputs("usage: docgen PAGE\n", stderr);
		return 2;
	}
	r = expand(argv[1], file, &out);
	fclose(file);
	if (r < 0)
		return 1;
	return fwrite(out.data, 1, out.len, stdout) != out.len || fflush(stdout) != 0;
}
