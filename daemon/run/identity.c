#include "daemon/run/identity.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "shared/base/units.h"

#define ENTRY_BYTES 16384

static bool is_number(const char *text, int64_t *ret_number)
{
	return units_parse_int(text, ret_number, NULL) == 0 && *ret_number >= 0 &&
	       *ret_number < UINT32_MAX;
}

static void take_passwd(struct identity *id, const struct passwd *entry)
{
	id->uid = entry->pw_uid;
	id->gid = entry->pw_gid;
	snprintf(id->name, sizeof(id->name), "%s", entry->pw_name);
	snprintf(id->home, sizeof(id->home), "%s", entry->pw_dir);
}

static int find_user(const char *user, struct identity *id, struct pmc_error *err)
{
	char buf[ENTRY_BYTES];
	struct passwd entry, *found = NULL;
	int64_t number = -1;
	int r;

	r = getpwnam_r(user, &entry, buf, sizeof(buf), &found);
	if (!found && is_number(user, &number))
		r = getpwuid_r((uid_t)number, &entry, buf, sizeof(buf), &found);
	if (found) {
		take_passwd(id, found);
		return 0;
	}
	if (number >= 0) { /* a number without an entry is fine: containers do that */
		id->uid = (uid_t)number;
		id->gid = (gid_t)number;
		snprintf(id->name, sizeof(id->name), "%s", user);
		return 0;
	}
	if (r != 0)
		return pmc_error_errno(err, -r, "cannot look up user '%s'", user);
	return pmc_error_set(err, -ENOENT, "no such user: '%s'", user);
}

static int find_group(const char *group, gid_t *ret_gid, struct pmc_error *err)
{
	char buf[ENTRY_BYTES];
	struct group entry, *found = NULL;
	int64_t number;

	if (getgrnam_r(group, &entry, buf, sizeof(buf), &found) == 0 && found)
		*ret_gid = found->gr_gid;
	else if (is_number(group, &number))
		*ret_gid = (gid_t)number;
	else
		return pmc_error_set(err, -ENOENT, "no such group: '%s'", group);
	return 0;
}

static void find_own_name(struct identity *id)
{
	char buf[ENTRY_BYTES];
	struct passwd entry, *found = NULL;

	id->uid = geteuid();
	id->gid = getegid();
	snprintf(id->name, sizeof(id->name), "%u", id->uid);
	if (getpwuid_r(id->uid, &entry, buf, sizeof(buf), &found) == 0 && found)
		take_passwd(id, found);
}

int identity_resolve(const char *user, const char *group, struct identity *ret_identity,
		     struct pmc_error *err)
{
	struct identity id = {0};
	int r;

	find_own_name(&id);
	if (user) {
		id.change = true;
		id.home[0] = '\0';
		r = find_user(user, &id, err);
		if (r < 0)
			return r;
	}
	if (group) {
		id.change = true;
		r = find_group(group, &id.gid, err);
		if (r < 0)
			return r;
	}
	if (id.change) {
		id.group_count = IDENTITY_GROUPS_MAX;
		if (getgrouplist(id.name, id.gid, id.groups, &id.group_count) < 0)
			id.group_count =
				IDENTITY_GROUPS_MAX; /* more groups than we hold: the first ones */
	}
	*ret_identity = id;
	return 0;
}
