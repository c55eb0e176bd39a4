#include "cli/flags.h"

#include <string.h>

#include "shared/base/mem.h"
#include "shared/base/str.h"

static const struct option rows[] = {
#define OPTION(type, name, ...) OPTION_ROW(struct flags, FLAG_##name, type, name, __VA_ARGS__)
#include "cli/flags.def"
#undef OPTION
};

const struct option_table flags_table = {.rows = rows, .count = ARRAY_SIZE(rows)};

void flags_init(struct flags *flags)
{
	*flags = (struct flags){};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		option_set_default(&rows[i], flags);
}

void flags_done(struct flags *flags)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		option_done(&rows[i], flags);
	*flags = (struct flags){};
}

static bool matches(const struct option *row, const char *flag, char short_flag, bool *ret_negated)
{
	*ret_negated = false;
	if (!flag)
		return row->short_flag && row->short_flag == short_flag;
	if (strcmp(row->flag, flag) == 0)
		return true;
	*ret_negated = row->type == OPTION_BOOL && str_starts(flag, "no-") &&
		       strcmp(row->flag, flag + 3) == 0;
	return *ret_negated;
}

const struct option *flags_find(const enum flags_id *ids, const char *flag, char short_flag,
				bool *ret_negated)
{
	for (size_t i = 0; i < (ids ? FLAGS_GLOBAL : ARRAY_SIZE(rows)); i++) {
		if (matches(&rows[i], flag, short_flag, ret_negated))
			return &rows[i];
	}
	for (; ids && *ids != FLAG_END; ids++) {
		if (matches(&rows[*ids], flag, short_flag, ret_negated))
			return &rows[*ids];
	}
	return NULL;
}
