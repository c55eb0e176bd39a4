#include "shared/base/units.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <strings.h>

#include "shared/base/error.h"

#define DURATION_MAX_MS (INT64_C(100) * 365 * 86400 * 1000)

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static size_t digits(const char *s)
{
	size_t count = 0;

	while (is_digit(s[count]))
		count++;
	return count;
}

/* "12.5" as a multiple of `unit`, rounded down to a whole number of what `unit` counts. */
static int scale(const char *number, int64_t unit, int64_t *ret_value)
{
	int64_t value = 0, weight = unit;

	for (; is_digit(*number); number++) {
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, *number - '0', &value))
			return -ERANGE;
	}
	if (__builtin_mul_overflow(value, unit, &value))
		return -ERANGE;
	if (*number == '.') {
		__int128 fraction = 0, divisor = 1;

		for (number++; is_digit(*number) && divisor < INT64_C(1000000000000000); number++) {
			fraction = fraction * 10 + (*number - '0');
			divisor *= 10;
		}
		if (__builtin_add_overflow(value, (int64_t)(fraction * weight / divisor), &value))
			return -ERANGE;
	}
	*ret_value = value;
	return 0;
}

/* Behind "12" or "12.5" or ".5"; NULL if `s` does not begin with such a number. */
static const char *skip_number(const char *s)
{
	size_t whole = digits(s), fraction = s[whole] == '.' ? digits(s + whole + 1) : 0;

	if (whole == 0 && fraction == 0)
		return NULL;
	return s + whole + (fraction > 0 ? 1 + fraction : 0);
}

static int duration_error(const char *text, int code, struct pmc_error *err)
{
	if (code == -ERANGE)
		return pmc_error_set(err, code, "'%s' is longer than 100 years", text);
	pmc_error_set(err, code, "'%s' is not a duration", text);
	pmc_error_hint(err,
		       "write 250ms, 10s, 1.5s, 5m, 1h30m or 2d; a bare number is milliseconds");
	return code;
}

static size_t duration_unit(const char *s, int64_t *ret_unit_ms)
{
	static const struct {
		const char *name;
		int64_t ms;
	} units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}};

	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		size_t len = strlen(units[i].name);

		if (strncasecmp(s, units[i].name, len) != 0)
			continue;
		*ret_unit_ms = units[i].ms;
		return len;
	}
	return 0;
}

int units_parse_duration(const char *text, int64_t *ret_ms, struct pmc_error *err)
{
	int64_t total = 0, part, unit = INT64_MAX;
	const char *p = text;

	do {
		const char *number = p;
		int64_t above = unit;
		size_t len;

		p = skip_number(p);
		if (!p)
			return duration_error(text, -EINVAL, err);
		unit = 1;
		len = duration_unit(p, &unit);
		if ((!len && (*p || number != text)) ||
		    unit >= above) /* "1h30" and "1m1h" say nothing sure */
			return duration_error(text, -EINVAL, err);
		p += len;
		if (scale(number, unit, &part) < 0 || __builtin_add_overflow(total, part, &total) ||
		    total > DURATION_MAX_MS)
			return duration_error(text, -ERANGE, err);
	} while (*p);
	*ret_ms = total;
	return 0;
}

static int size_error(const char *text, int code, struct pmc_error *err)
{
	if (code == -ERANGE)
		return pmc_error_set(err, code, "'%s' is more than any machine has", text);
	pmc_error_set(err, code, "'%s' is not a size", text);
	pmc_error_hint(err, "write 512K, 100M, 0.5G or 1T (1024-based); a bare number is bytes");
	return code;
}

int units_parse_size(const char *text, int64_t *ret_bytes, struct pmc_error *err)
{
	static const char letters[] = "KMGT";
	const char *p = skip_number(text), *letter;
	int64_t unit = 1;

	if (!p)
		return size_error(text, -EINVAL, err);
	letter = *p && *p != ' ' ? strchr(letters, *p & ~0x20) : NULL;
	if (letter) {
		unit <<= 10 * (letter - letters + 1);
		p++;
		if ((*p | 0x20) == 'i' && (p[1] | 0x20) == 'b')
			p++;
	}
	if ((*p | 0x20) == 'b')
		p++;
	if (*p)
		return size_error(text, -EINVAL, err);
	if (scale(text, unit, ret_bytes) < 0)
		return size_error(text, -ERANGE, err);
	return 0;
}

int units_parse_int(const char *text, int64_t *ret_value, struct pmc_error *err)
{
	const char *p = text + (*text == '-' || *text == '+');
	int64_t value = 0;

	if (!is_digit(*p) || p[digits(p)])
		return pmc_error_set(err, -EINVAL, "'%s' is not a whole number", text);
	for (; *p; p++) {
		int digit = *text == '-' ? '0' - *p : *p - '0';

		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, digit, &value))
			return pmc_error_set(err, -ERANGE, "%s is too large a number", text);
	}
	*ret_value = value;
	return 0;
}

int units_parse_bool(const char *text, bool *ret_value, struct pmc_error *err)
{
	static const char *const words[][2] = {
		{"false", "true"}, {"no", "yes"}, {"off", "on"}, {"0", "1"}};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		for (int value = 0; value < 2; value++) {
			if (strcasecmp(text, words[i][value]) != 0)
				continue;
			*ret_value = value;
			return 0;
		}
	}
	pmc_error_set(err, -EINVAL, "'%s' is neither true nor false", text);
	pmc_error_hint(err, "write true or false, yes or no, on or off, 1 or 0");
	return -EINVAL;
}

int units_parse_signal(const char *text, int *ret_signal, struct pmc_error *err)
{
	int number = units_signal_number(text);
	const char *guess;

	if (number > 0) {
		*ret_signal = number;
		return 0;
	}
	pmc_error_set(err, -EINVAL, "'%s' is not a signal", text);
	guess = units_signal_nearest(text);
	if (guess)
		pmc_error_hint(err, "did you mean '%s'?", guess);
	return -EINVAL;
}
