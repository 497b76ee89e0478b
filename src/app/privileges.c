/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "app/privileges.h"
#include "base/must.h"

/*
 * NET_RAW: frames and probes on interfaces that appear later.  NET_BIND_SERVICE: ports 67, 69 and
 * 80 of addresses that appear later.  NET_ADMIN: the neighbour entry of a client, where frames are
 * not permitted.
 */
static const cap_value_t kept[] = { CAP_NET_RAW, CAP_NET_BIND_SERVICE, CAP_NET_ADMIN };

/* Whoever stays root still meets files of other users: the lease file of an earlier run. */
static const cap_value_t kept_by_root[] = { CAP_DAC_OVERRIDE };

static bool group_find(const char *name, gid_t *out)
{
	const struct group *g = getgrnam(name);

	if (g)
		*out = g->gr_gid;
	return g != NULL;
}

enum status privileges_find(const struct app_conf *c, struct run_as *out,
			    const char **out_name)
{
	struct run_as want = { getuid(), getgid(), false };
	const struct passwd *user = NULL;

	if (*c->user) {
		user = getpwnam(c->user);
		*out_name = c->user;
		if (!user)
			return ST_UNKNOWN;
	}
	*out_name = c->group;
	if (c->group && !group_find(c->group, &want.gid))
		return ST_UNKNOWN;
	if (!c->group && !group_find("dip", &want.gid) && user)
		want.gid = user->pw_gid;
	if (user)
		want.uid = user->pw_uid;
	want.change = getuid() == 0 && !c->no_daemon;
	if (!want.change) {
		want.uid = getuid();
		want.gid = getgid();
	}
	*out = want;
	return ST_OK;
}

static bool cap_keep(cap_t from, cap_t into, const cap_value_t *values, size_t n)
{
	cap_flag_value_t have;

	for (size_t i = 0; i < n; i++) {
		if (cap_get_flag(from, values[i], CAP_PERMITTED, &have) < 0)
			return false;
		if (have != CAP_SET)
			continue;
		if (cap_set_flag(into, CAP_PERMITTED, 1, &values[i], CAP_SET) < 0 ||
		    cap_set_flag(into, CAP_EFFECTIVE, 1, &values[i], CAP_SET) < 0)
			return false;
	}
	return true;
}

static bool caps_limit(bool root)
{
	cap_t now = cap_get_proc(), then = cap_init();
	bool ok = now && then && cap_keep(now, then, kept, COUNT_OF(kept)) &&
		  (!root || cap_keep(now, then, kept_by_root, COUNT_OF(kept_by_root))) &&
		  cap_set_proc(then) == 0;

	cap_free(now);
	cap_free(then);
	return ok;
}

enum status privileges_drop(const struct run_as *want)
{
	if (want->change) {
		if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0 || setgroups(0, NULL) < 0 ||
		    setresgid(want->gid, want->gid, want->gid) < 0 ||
		    setresuid(want->uid, want->uid, want->uid) < 0)
			return ST_SYSTEM;
	}
	if (!caps_limit(getuid() == 0))
		return ST_SYSTEM;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return ST_SYSTEM;
	return ST_OK;
}
