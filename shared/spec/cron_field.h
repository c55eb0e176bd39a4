/* cron_field: one field of a cron expression, such as `1-5,sun` or `*` with a step, as a set of
 * numbers. For cron_parse(); it does not know how fields make an expression. */
#pragma once
#include <stddef.h>
#include <stdint.h>

struct pmc_error;

/* In their order in an expression. */
enum cron_field {
	CRON_FIELD_SECOND,
	CRON_FIELD_MINUTE,
	CRON_FIELD_HOUR,
	CRON_FIELD_DAY,
	CRON_FIELD_MONTH,   /* January is 1 */
	CRON_FIELD_WEEKDAY, /* Sunday is 0, and 7 */
	CRON_FIELD_COUNT
};

/* Read the first `len` bytes of `text` (which goes on behind them, or ends in NUL). -EINVAL: `err`
 * names the field, what is wrong and the column, from 1 at `text`. */
int cron_field_read(enum cron_field field, const char *text, size_t len, uint64_t *ret_set,
		    struct pmc_error *err);
