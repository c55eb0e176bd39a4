#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "shared/base/error.h"
#include "shared/base/keyval.h"
#include "shared/base/str.h"
#include "shared/spec/interpolate.h"

static int run(const char *text, size_t budget, struct str *out, struct pmc_error *err)
{
	_cleanup_(keyval_done) struct keyval near = {}, far = {};
	struct interpolate in = {.scopes = {&near, NULL, &far}, .budget = budget};

	keyval_set(&near, "NAME", "web");
	keyval_set(&near, "EMPTY", "");
	keyval_set(&near, "ODD", "${NAME}");
	keyval_set(&far, "NAME", "hidden");
	keyval_set(&far, "HOME", "/srv");
	return interpolate_append(&in, text, out, err);
}

static void gives(const char *text, const char *expected)
{
	_cleanup_(str_done) struct str out = {};
	struct pmc_error err = {};

	if (run(text, 1000, &out, &err) < 0)
		fail_msg("%s: %s", text, err.message);
	assert_string_equal(str_cstr(&out), expected);
}

static void refused(const char *text, int code, const char *message)
{
	_cleanup_(str_done) struct str out = {};
	struct pmc_error err = {};

	assert_int_equal(run(text, 1000, &out, &err), code);
	assert_string_equal(err.message, message);
}

static void names_in_braces_become_values(void **state)
{
	gives("", "");
	gives("${NAME}", "web");
	gives("a ${NAME}-${HOME}/x", "a web-/srv/x");
	gives("${EMPTY}", "");
}

static void a_default_is_for_what_is_not_set_or_empty(void **state)
{
	gives("${NONE:-80}", "80");
	gives("${EMPTY:-80}", "80");
	gives("${NAME:-80}", "web");
	gives("[${NONE:-}]", "[]");
	gives("${NONE:-${OTHER:-${NAME}!}}", "web!");
	gives("${NONE:-a:-b}", "a:-b");
}

static void what_the_shell_or_a_password_says_stays(void **state)
{
	gives("$NAME $1 $$ $( date ) pa$$word $", "$NAME $1 $$ $( date ) pa$$word $");
	gives("{NAME} }", "{NAME} }");
	gives("$${NAME}", "${NAME}");
	gives("$$${NAME}", "$web");
	gives("$$$${NAME}", "$${NAME}");
	gives("$${i%.*}", "${i%.*}");
}

static void what_was_put_in_is_not_looked_at_again(void **state)
{
	gives("${ODD}", "${NAME}");
}

static void an_unknown_variable_is_named(void **state)
{
	struct pmc_error err = {};
	struct str out = {};

	refused("a ${NONE}", -ENOENT, "the variable NONE is not set");
	refused("${X:-${NONE}}", -ENOENT, "the variable NONE is not set");
	assert_int_equal(run("${NONE}", 1000, &out, &err), -ENOENT);
	assert_string_equal(err.hint,
			    "set it, or give a default: ${NONE:-value}; $${NONE} is left alone");
	str_done(&out);
}

static void what_is_no_variable_is_refused(void **state)
{
	refused("${}", -EINVAL, "'${}' is not ${NAME} or ${NAME:-default}");
	refused("${i%.*}", -EINVAL, "'${i%.*}' is not ${NAME} or ${NAME:-default}");
	refused("${1}", -EINVAL, "'${1}' is not ${NAME} or ${NAME:-default}");
	refused("${NAME", -EINVAL, "'${NAME' is not ${NAME} or ${NAME:-default}");
	refused("${NAME:", -EINVAL, "'${NAME:' is not ${NAME} or ${NAME:-default}");
	refused("${NAME:-${X}", -EINVAL, "'${NAME:-${X}' is not ${NAME} or ${NAME:-default}");
	refused("${A:-${B:-${C:-${D:-${E:-${F:-${G:-${H:-${I:-x}}}}}}}}}", -EINVAL,
		"defaults in defaults: at most 8 deep");
}

static void what_is_escaped_is_itself(void **state)
{
	static const char *const texts[] = {"",	      "${NAME}",  "$${NAME}", "$$$${",
					    "a $b $", "${a}$${b", "${x%.*}$"};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		_cleanup_(str_done) struct str escaped = {};

		interpolate_escape(texts[i], &escaped);
		gives(str_cstr(&escaped), texts[i]);
	}
}

static void growth_has_a_limit(void **state)
{
	_cleanup_(str_done) struct str out = {};
	struct pmc_error err = {};

	assert_int_equal(run("${NAME}${NAME}", 6, &out, &err), 0);
	assert_int_equal(run("${NAME}${NAME}", 5, &out, &err), -E2BIG);
	assert_string_equal(err.message, "too much text after variables are put in");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_in_braces_become_values),
		cmocka_unit_test(a_default_is_for_what_is_not_set_or_empty),
		cmocka_unit_test(what_the_shell_or_a_password_says_stays),
		cmocka_unit_test(what_was_put_in_is_not_looked_at_again),
		cmocka_unit_test(an_unknown_variable_is_named),
		cmocka_unit_test(what_is_no_variable_is_refused),
		cmocka_unit_test(what_is_escaped_is_itself),
		cmocka_unit_test(growth_has_a_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
