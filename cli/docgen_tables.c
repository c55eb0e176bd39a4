#include "cli/docgen_tables.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "cli/docgen_text.h"
#include "shared/base/error.h"
#include "shared/base/mem.h"
#include "shared/base/str.h"
#include "shared/config/settings.h"
#include "shared/ipc/protocol.h"
#include "shared/spec/app_spec.h"

/* A bound of a number in the words of its type: 3600000 of a duration is 1h. */
static void append_bound(struct str *out, const struct option *option, int64_t bound)
{
	_cleanup_(str_done) struct str text = {};
	char value[OPTION_VALUE_MAX] __attribute__((aligned(16))) = {};
	struct option alone = *option;
	struct pmc_error err;

	alone.offset = 0;
	str_appendf(&text, "%" PRId64, bound);
	if (option_set_text(&alone, value, text.data, &err) == 0) {
		str_clear(&text);
		option_format(&alone, value, &text);
	}
	option_done(&alone, value);
	docgen_text_append(out, str_cstr(&text));
}

static void append_bounds(struct str *out, const struct option *option)
{
	if (option->type != OPTION_INT && option->type != OPTION_DURATION &&
	    option->type != OPTION_SIZE)
		return;
	if (option->min == 0 && option->max == 0)
		return;
	str_append(out, " From ");
	append_bound(out, option, option->min);
	str_append(out, " to ");
	append_bound(out, option, option->max);
	str_append_char(out, '.');
}

/* "*kill_timeout*: duration", its text, default and bounds. */
static void append_row(struct str *out, const struct option *option)
{
	_cleanup_(str_done) struct str type = {};

	docgen_text_name(out, option->name);
	str_append(out, ": ");
	option_type_word(option, &type);
	docgen_text_append(out, str_cstr(&type));
	str_append(out, "\n\t");
	docgen_text_append(out, option->doc);
	if (option->def) {
		str_append(out, " Default: ");
		docgen_text_append(out, option->def);
		str_append_char(out, '.');
	}
	append_bounds(out, option);
}

/* What a change of a running app needs; NULL: nothing, it is used from now on. */
static const char *applies_text(enum option_applies applies)
{
	switch (applies) {
	case APPLIES_NOTHING:
	case APPLIES_LIVE:
		return NULL;
	case APPLIES_RESTART:
		return "Changes with a restart.";
	case APPLIES_PLAN:
		return "Changes which instances there are.";
	}
	return NULL;
}

static void append_aliases(struct str *out, const struct option *option)
{
	const char *between = "Also called ";

	if (!option->aliases)
		return;
	for (const char *const *alias = option->aliases; *alias; alias++) {
		str_append(out, between);
		docgen_text_name(out, *alias);
		between = ", ";
	}
	str_append(out, ". ");
}

static void append_app_option(struct str *out, const struct option *option)
{
	const char *applies = applies_text(option->applies);

	append_row(out, option);
	if (option->status == OPTION_NOT_YET)
		str_append(out, " Not yet obeyed.");
	str_append(out, "\n\n");
	if (!option->aliases && !option->flag && !applies)
		return;
	str_append_char(out, '\t');
	append_aliases(out, option);
	if (option->flag) {
		str_append(out, "Flag: ");
		docgen_text_flag(out, option);
		str_append(out, ". ");
	}
	str_append(out, applies ? applies : "");
	str_append(out, "\n\n");
}

void docgen_tables_options(struct str *out)
{
#define SECTION(title) str_append(out, "## " title "\n\n");
#define OPTION(type, name, ...) append_app_option(out, &app_spec_table.rows[SPEC_##name]);
#include "shared/spec/options.def"
#undef OPTION
}

void docgen_tables_settings(struct str *out)
{
	for (size_t i = 0; i < settings_table.count; i++) {
		append_row(out, &settings_table.rows[i]);
		str_append(out, "\n\n");
	}
}

static void append_pair(struct str *out, const char *name, const char *text)
{
	docgen_text_name(out, name);
	str_append(out, "\n\t");
	docgen_text_append(out, text);
	str_append(out, "\n\n");
}

/* A clause becomes a sentence. */
static void append_reason(struct str *out, const char *name, const char *why)
{
	_cleanup_(str_done) struct str sentence = {};

	str_appendf(&sentence, "%c%s.", toupper((unsigned char)why[0]), why + 1);
	append_pair(out, name, sentence.data);
}

void docgen_tables_ignored(struct str *out)
{
#define IGNORED(name, why) append_reason(out, #name, why);
#include "shared/spec/pm2_ignored.def"
#undef IGNORED
}

void docgen_tables_states(struct str *out)
{
#define STATE(id, word, jlist, monit, role, process, text)                                         \
	append_pair(out, word, text " In `pmc jlist`: " jlist ".");
#include "shared/model/states.def"
#undef STATE
}

void docgen_tables_events(struct str *out)
{
#define EVENT(id, name, text) append_pair(out, name, text);
#include "shared/ipc/events.def"
#undef EVENT
}

static void append_method(struct str *out, const char *name, enum method_flags flags,
			  const char *params, const char *text)
{
	docgen_text_name(out, name);
	if (*params) {
		str_append_char(out, ' ');
		docgen_text_append(out, params);
	}
	str_append(out, "\n\t");
	docgen_text_append(out, text);
	str_append(out, flags == METHOD_CHANGES ? " (changes)\n\n" : " (reads)\n\n");
}

void docgen_tables_methods(struct str *out)
{
#define METHOD(ident, name, flags, params, text) append_method(out, name, flags, params, text);
#include "shared/ipc/methods.def"
#undef METHOD
}
