#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/node_version.h"
#include "shared/base/fdio.h"
#include "shared/base/mem.h"
#include "shared/model/app_view.h"

#define HEADER                                                                                     \
	"#define NODE_MAJOR_VERSION 20\n#define NODE_MINOR_VERSION 7\n#define NODE_PATCH_VERSION " \
	"11\n\n#define NODE_VERSION_IS_LTS 1\n"

static const char *const folders[] = {"bin", "include", "include/node"};
static const char *const files[] = {"bin/node", "bin/ruby", "include/node/node_version.h"};

/* *state is a folder with bin/node, bin/ruby and the header of a Node. */
static int install(void **state)
{
	char *path = mem_strdup("/tmp/pmc-node-XXXXXX");
	int fd;

	assert_non_null(mkdtemp(path));
	*state = path;
	fd = open(path, O_DIRECTORY | O_CLOEXEC);
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++)
		assert_return_code(mkdirat(fd, folders[i], 0700), 0);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		assert_int_equal(fdio_replace_file(fd, files[i], HEADER, strlen(HEADER)), 0);
	return close(fd);
}

static int uninstall(void **state)
{
	int fd = open(*state, O_DIRECTORY | O_CLOEXEC);

	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		unlinkat(fd, files[i], 0);
	for (size_t i = ARRAY_SIZE(folders); i > 0; i--)
		unlinkat(fd, folders[i - 1], AT_REMOVEDIR);
	close(fd);
	rmdir(*state);
	free(*state);
	return 0;
}

static void gives(struct node_version *last, const char *interpreter, int pid, const char *expected)
{
	struct app_view view = {.interpreter = (char *)(uintptr_t)interpreter, .pid = pid};
	const char *version = node_version_of(last, &view);

	if (expected)
		assert_string_equal(version, expected);
	else
		assert_null(version);
}

static void it_is_read_beside_the_program(void **state)
{
	_cleanup_(mem_freep) char *node = mem_printf("%s/bin/node", (char *)*state);
	_cleanup_(mem_freep) char *ruby = mem_printf("%s/bin/ruby", (char *)*state);
	_cleanup_(mem_freep) char *header =
		mem_printf("%s/include/node/node_version.h", (char *)*state);
	struct node_version last = {};

	gives(&last, node, 0, "20.7.11");
	gives(&last, ruby, 0, NULL);
	gives(&last, NULL, 0, NULL);
	gives(&last, "none", 0, NULL);
	gives(&last, node, (int)getpid(), NULL); /* that runs another program, this test */
	unlink(header);
	gives(&last, node, 0, "20.7.11"); /* the same program is not looked up again */
	node_version_done(&last);
	gives(&last, node, 0, NULL);
	node_version_done(&last);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(it_is_read_beside_the_program, install, uninstall),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
