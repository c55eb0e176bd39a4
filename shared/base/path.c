#include "shared/base/path.h"

#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include "shared/base/str.h"

#define CLEAN_NAME_MAX 200

/* Take the last part off, unless there is none or it is "..". */
static bool drop_last(struct str *out, size_t root)
{
	size_t at = out->len;

	if (out->len == root)
		return false;
	while (at > root && out->data[at - 1] != '/')
		at--;
	if (out->len - at == 2 && memcmp(out->data + at, "..", 2) == 0)
		return false;
	if (at > root)
		at--; /* the slash before it */
	out->len = at;
	return true;
}

/* Textual: "." goes, "a/.." goes, slashes are single; ".." at the root goes, at the start of a
 * relative path it stays. */
static char *fold(const char *path)
{
	struct str out = {};
	bool absolute = path[0] == '/';
	size_t root;

	if (absolute)
		str_append_char(&out, '/');
	root = out.len;
	for (;;) {
		size_t len;

		path += strspn(path, "/");
		len = strcspn(path, "/");
		if (!len)
			break;
		if (len == 2 && memcmp(path, "..", 2) == 0) {
			if (!drop_last(&out, root) && !absolute)
				str_append(&out, out.len > root ? "/.." : "..");
		} else if (len != 1 || *path != '.') {
			if (out.len > root)
				str_append_char(&out, '/');
			str_append_bytes(&out, path, len);
		}
		path += len;
	}
	if (out.len == 0)
		str_append_char(&out, '.');
	return str_steal(&out);
}

char *path_join(const char *dir, const char *name)
{
	_cleanup_(mem_freep) char *both = NULL;

	if (name[0] == '/' || dir[0] == '\0')
		return fold(name);
	both = mem_printf("%s/%s", dir, name);
	return fold(both);
}

char *path_absolute(const char *path)
{
	_cleanup_(mem_freep) char *cwd = NULL;

	if (path[0] == '/')
		return fold(path);
	cwd = getcwd(NULL, 0);
	return cwd && cwd[0] == '/' ? path_join(cwd, path) : NULL;
}

/* The home of user `name` of `len` bytes, our own if `len` is 0; a new string or NULL. */
static char *home_of(const char *name, size_t len)
{
	_cleanup_(mem_freep) char *user = mem_strndup(name, len);
	const char *home = len ? NULL : getenv("HOME");
	struct passwd entry, *found = NULL;
	char buf[4096];

	if (home && home[0])
		return mem_strdup(home);
	if (len)
		getpwnam_r(user, &entry, buf, sizeof(buf), &found);
	else
		getpwuid_r(getuid(), &entry, buf, sizeof(buf), &found);
	return found ? mem_strdup(found->pw_dir) : NULL;
}

char *path_expand_home(const char *path)
{
	_cleanup_(mem_freep) char *home = NULL;
	size_t len;

	if (path[0] != '~')
		return mem_strdup(path);
	len = strcspn(path + 1, "/");
	home = home_of(path + 1, len);
	return home ? mem_printf("%s%s", home, path + 1 + len) : mem_strdup(path);
}

const char *path_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

char *path_dir(const char *path)
{
	size_t len = (size_t)(path_base(path) - path);

	if (len == 0)
		return mem_strdup(".");
	while (len > 1 && path[len - 1] == '/')
		len--;
	return mem_strndup(path, len);
}

const char *path_extension(const char *path)
{
	const char *base = path_base(path), *dot = strrchr(base, '.');

	return dot && dot != base ? dot : base + strlen(base);
}

static bool fit_for_name(char c)
{
	return (unsigned char)c >= 0x80 || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || (c && strchr(".-\\_", c));
}

char *path_clean_name(const char *name)
{
	size_t len = strnlen(name, CLEAN_NAME_MAX);
	char *clean;

	while (len > 0 && (name[len] & 0xc0) == 0x80) /* no character is cut in two */
		len--;
	clean = mem_strndup(len ? name : "-", len ? len : 1);
	for (char *p = clean; *p; p++) {
		if (!fit_for_name(*p))
			*p = '-';
	}
	if (clean[0] == '.')
		clean[0] = '-';
	return clean;
}
