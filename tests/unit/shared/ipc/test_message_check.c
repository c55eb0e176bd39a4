#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "shared/base/mem.h"
#include "shared/ipc/message.h"

static int check(const char *method, const char *params, struct pmc_error *err)
{
	json_t *json = json_loads(params, 0, NULL);
	int r;

	assert_non_null(json);
	r = message_check(method, json, err);
	json_decref(json);
	return r;
}

static void parameters_of_the_list_are_taken(void **state)
{
	assert_int_equal(check("daemon.ping", "{}", NULL), 0);
	assert_int_equal(message_check("daemon.ping", NULL, NULL), 0);
	assert_int_equal(check("app.stop", "{\"targets\":[\"web\"]}", NULL), 0);
	assert_int_equal(check("app.stop", "{\"targets\":[], \"request\":\"r1\"}", NULL), 0);
	assert_int_equal(check("app.scale", "{\"target\":\"web\", \"to\":4}", NULL), 0);
	assert_int_equal(check("history.events", "{\"limit\":5}", NULL), 0);
}

static void an_unknown_parameter_is_named(void **state)
{
	struct pmc_error err = {};

	assert_int_equal(check("app.stop", "{\"targets\":[], \"target\":1}", &err), -EINVAL);
	assert_string_equal(err.message, "app.stop has no parameter 'target'");
	assert_int_equal(check("daemon.ping", "{\"\":1}", &err), -EINVAL);
	assert_int_equal(check("app.stop", "{\"targets!\":[]}", &err), -EINVAL);
	assert_int_equal(check("app.stop", "{\"targets! request\":[]}", &err), -EINVAL);
}

static void a_missing_parameter_is_named(void **state)
{
	struct pmc_error err = {};

	assert_int_equal(check("app.signal", "{\"targets\":[]}", &err), -EINVAL);
	assert_string_equal(err.message, "app.signal needs the parameter 'signal'");
	assert_int_equal(message_check("app.stop", NULL, &err), -EINVAL);
	assert_string_equal(err.message, "app.stop needs the parameter 'targets'");
}

static void parameters_are_an_object(void **state)
{
	assert_int_equal(check("app.list", "[]", NULL), -EINVAL);
}

static void an_unknown_method_gets_a_suggestion(void **state)
{
	struct pmc_error err = {};

	assert_int_equal(check("app.stpo", "{}", &err), -ENOSYS);
	assert_string_equal(err.message, "there is no method 'app.stpo'");
	assert_string_equal(err.hint, "did you mean 'app.stop'?");
	assert_int_equal(check("reboot the machine", "{}", &err), -ENOSYS);
	assert_string_equal(err.hint, "");
	assert_int_equal(check("", "{}", &err), -ENOSYS);
}

/* Every row of methods.def: complete when all that is needed is there, and only then. */
static void every_method_asks_for_what_it_needs(void **state)
{
	static const struct {
		const char *name, *params;
	} methods[] = {
#define METHOD(ident, name, flags, params, doc) {name, params},
#include "shared/ipc/methods.def"
#undef METHOD
	};

	for (size_t i = 0; i < ARRAY_SIZE(methods); i++) {
		_cleanup_(mem_freep) char *words = mem_strdup(methods[i].params);
		json_t *params = json_object();
		char *rest = words, *word;

		while ((word = strtok_r(NULL, " ", &rest))) {
			size_t len = strlen(word);

			if (word[len - 1] == '!') {
				assert_int_equal(message_check(methods[i].name, params, NULL),
						 -EINVAL);
				word[len - 1] = '\0';
			}
			json_object_set_new(params, word, json_null());
		}
		assert_int_equal(message_check(methods[i].name, params, NULL), 0);
		json_decref(params);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parameters_of_the_list_are_taken),
		cmocka_unit_test(an_unknown_parameter_is_named),
		cmocka_unit_test(a_missing_parameter_is_named),
		cmocka_unit_test(parameters_are_an_object),
		cmocka_unit_test(an_unknown_method_gets_a_suggestion),
		cmocka_unit_test(every_method_asks_for_what_it_needs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
