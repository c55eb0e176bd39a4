#include "shared/config/settings.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <string.h>

#include "shared/base/diagnostics.h"
#include "shared/base/error.h"
#include "shared/base/fdio.h"
#include "shared/base/log.h"
#include "shared/base/str.h"
#include "shared/option/node.h"

static const struct option rows[SETTINGS_COUNT] = {
#define OPTION(type, name, ...)                                                                    \
	OPTION_ROW(struct settings, SETTINGS_##name, type, name, __VA_ARGS__)
#include "shared/config/settings.def"
#undef OPTION
};

const struct option_table settings_table = {.rows = rows, .count = SETTINGS_COUNT};

_Static_assert(LOG_LEVEL_ERROR == 0 && LOG_LEVEL_DEBUG == 3,
	       "log_level has the order of enum log_level");

/* What inih reads from, and where it is: it tells its handler no line. */
struct reading {
	const char *next, *end;
	const char *line_text;
	int line;
	const char *file;
	struct diagnostics *diags;
	struct settings *fresh;
	int seen[SETTINGS_COUNT]; /* line; 0: not yet */
	bool section_said;
};

void settings_init(struct settings *settings)
{
	memset(settings, 0, sizeof(*settings));
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		option_set_default(&rows[i], settings);
}

void settings_done(struct settings *settings)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		option_done(&rows[i], settings);
	memset(settings, 0, sizeof(*settings));
}

static void complain(struct reading *reading, int column, const char *hint, const char *text)
{
	diagnostics_add(reading->diags, DIAGNOSTIC_ERROR, reading->file, reading->line, column,
			hint, "%s", text);
}

/* One line for inih, without leading blanks (which would make it a continuation of the line
 * before). */
static char *read_line(char *buf, int cap, void *owner)
{
	struct reading *reading = owner;
	const char *end;
	size_t len;

	if (reading->next == reading->end)
		return NULL;
	end = memchr(reading->next, '\n', (size_t)(reading->end - reading->next));
	end = end ? end : reading->end;
	reading->line++;
	reading->line_text = reading->next;
	while (reading->next < end && (*reading->next == ' ' || *reading->next == '\t'))
		reading->next++;
	len = (size_t)(end - reading->next);
	if (len > (size_t)cap - 2) {
		complain(reading, 1, NULL, "the line is too long");
		len = 0;
	}
	memcpy(buf, reading->next, len);
	memcpy(buf + len, "\n", 2);
	reading->next = end + (end < reading->end);
	return buf;
}

static int value_column(const struct reading *reading)
{
	const char *p = reading->line_text;

	while (p < reading->next && *p != '=' && *p != ':' && *p != '\n')
		p++;
	if (p < reading->next && *p != '\n')
		p++;
	while (p < reading->next && (*p == ' ' || *p == '\t'))
		p++;
	return (int)(p - reading->line_text) + 1;
}

static int key_column(const struct reading *reading)
{
	const char *p = reading->line_text;

	while (p < reading->next && (*p == ' ' || *p == '\t'))
		p++;
	return (int)(p - reading->line_text) + 1;
}

static void unknown_setting(struct reading *reading, const char *key)
{
	const char *near = option_suggest(&settings_table, key);
	_cleanup_(mem_freep) char *hint = near ? mem_printf("did you mean '%s'?", near) : NULL;
	_cleanup_(mem_freep) char *text = mem_printf("unknown setting '%.60s'", key);

	complain(reading, key_column(reading), hint, text);
}

static bool known_section(struct reading *reading, const char *section)
{
	if (!*section || strcmp(section, "pmcd") == 0)
		return true;
	if (!reading->section_said)
		complain(reading, key_column(reading), "the only section is [pmcd]",
			 "a setting of an unknown section");
	reading->section_said = true;
	return false;
}

/* inih's handler: always 1, so that what it reports itself is syntax. */
static int on_setting(void *owner, const char *section, const char *key, const char *value)
{
	struct reading *reading = owner;
	const struct option *opt = option_find(&settings_table, key);
	_cleanup_(node_destroyp) struct node *node = NULL;

	if (!known_section(reading, section))
		return 1;
	if (!opt) {
		unknown_setting(reading, key);
		return 1;
	}
	if (reading->seen[opt->index]) {
		_cleanup_(mem_freep) char *text = mem_printf("'%s' was set in line %d already", key,
							     reading->seen[opt->index]);

		complain(reading, key_column(reading), NULL, text);
		return 1;
	}
	reading->seen[opt->index] = reading->line;
	node = node_create(NODE_STRING, value);
	node->line = reading->line;
	node->column = value_column(reading);
	option_set_node(opt, reading->fresh, node, reading->diags, reading->file);
	return 1;
}

int settings_parse(struct settings *settings, const char *text, size_t len, const char *file,
		   struct diagnostics *diags)
{
	struct settings fresh;
	struct reading reading = {
		.next = text, .end = text + len, .file = file, .diags = diags, .fresh = &fresh};
	size_t before = diags->errors;
	int bad_line = 0;

	settings_init(&fresh);
	if (len && memchr(text, '\0', len))
		complain(&reading, 0, NULL, "there is a NUL byte in the file: it is no text");
	else if (len)
		bad_line = ini_parse_stream(read_line, &reading, on_setting, &reading);
	if (bad_line > 0) {
		reading.line = bad_line;
		complain(&reading, 1, "write name = value", "neither a setting nor a section");
	}
	if (diags->errors > before) {
		settings_done(&fresh);
		return -EINVAL;
	}
	settings_done(settings);
	*settings = fresh;
	return 0;
}

int settings_read(struct settings *settings, const char *path, struct diagnostics *diags,
		  struct pmc_error *err)
{
	_cleanup_(str_done) struct str text = {};
	int r = fdio_read_file(AT_FDCWD, path, SETTINGS_FILE_MAX, &text, err);

	if (r < 0 && r != -ENOENT)
		return r;
	r = settings_parse(settings, str_cstr(&text), text.len, path, diags);
	if (r < 0) {
		pmc_error_set(err, r, "%s", diags->items[0].message);
		pmc_error_at(err, path, diags->items[0].line, diags->items[0].column);
		if (diags->items[0].hint)
			pmc_error_hint(err, "%s", diags->items[0].hint);
	}
	return r;
}

bool settings_is_secret(const struct settings *settings, const char *name)
{
	for (size_t i = 0; i < settings->secret_names.count; i++)
		if (strcasestr(name, settings->secret_names.items[i]))
			return true;
	return false;
}
