#include "cli/docgen_text.h"

#include <string.h>

#include "shared/base/mem.h"
#include "shared/base/str.h"
#include "shared/option/option.h"

static bool begins_line(const struct str *out)
{
	size_t len = out->len;

	while (len > 0 && out->data[len - 1] == '\t')
		len--;
	return len == 0 || out->data[len - 1] == '\n';
}

void docgen_text_append(struct str *out, const char *text)
{
	/* there a list, a head, a comment or a table would begin */
	if (*text && strchr("-#;[|]", *text) && begins_line(out))
		str_append_char(out, '\\');
	for (const char *c = text; *c; c++) {
		if (*c == '`') {
			str_append_char(out, '*');
			continue;
		}
		if (strchr("\\*_", *c))
			str_append_char(out, '\\');
		str_append_char(out, *c);
	}
}

void docgen_text_name(struct str *out, const char *name)
{
	str_append_char(out, '*');
	docgen_text_append(out, name);
	str_append_char(out, '*');
}

void docgen_text_flag(struct str *out, const struct option *option)
{
	_cleanup_(str_done) struct str type = {};
	bool negatable = option->type == OPTION_BOOL && option->def && option->def[0] == 't';

	if (option->short_flag)
		str_appendf(out, "*-%c*, ", option->short_flag);
	str_append(out, negatable ? "*--*[*no-*]*" : "*--");
	docgen_text_append(out, option->flag);
	str_append_char(out, '*');
	if (option->type == OPTION_BOOL)
		return;
	option_type_word(option, &type);
	str_append(out, " <");
	docgen_text_append(out, str_cstr(&type));
	str_append_char(out, '>');
}
