/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "app/privileges.h"
#include "base/must.h"

/* Ports below 1024 of addresses that appear later: the helper's, or the server's without one. */
static const cap_value_t kept_for_ports[] = { CAP_NET_BIND_SERVICE };

/* Binding to an interface that appears later, before Linux 5.7: likewise. */
static const cap_value_t kept_for_devices[] = { CAP_NET_RAW };

/* The neighbour entry of a client without an address, where frames are not permitted. */
static const cap_value_t kept_for_neighbours[] = { CAP_NET_ADMIN };

/* The kernel looks at the rights of whoever sends it a message about sets and marks, each time: these
 * go out before an answer does, and the helper would be two turns of the scheduler more. */
static const cap_value_t kept_for_netfilter[] = { CAP_NET_ADMIN };

/* Whoever stays root still meets files of other users: the lease file of an earlier run. */
static const cap_value_t kept_by_root[] = { CAP_DAC_OVERRIDE };

/* It reads and gives away files, with the rights of others too. */
static const cap_value_t kept_by_helper[] = {
	CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_CHOWN, CAP_SETUID, CAP_SETGID,
};

static bool group_find(const char *name, gid_t *out)
{
	const struct group *g = getgrnam(name);

	if (g)
		*out = g->gr_gid;
	return g != NULL;
}

/* ---- what a container allows --------------------------------------------------- */

/* A user namespace knows only the ids of its map: "first-inside first-outside count" a line. */
static bool id_exists(const char *map, unsigned id)
{
	FILE *f = fopen(map, "re");
	unsigned first, count;
	bool found = !f;		/* no such namespaces: every id exists */

	while (f && !found && fscanf(f, "%u %*u %u", &first, &count) == 2)
		found = id >= first && id - first < count;
	if (f)
		fclose(f);
	return found;
}

static bool has_capability(cap_value_t value)
{
	cap_flag_value_t have = CAP_CLEAR;
	cap_t now = cap_get_proc();

	if (now)
		(void)cap_get_flag(now, value, CAP_EFFECTIVE, &have);
	cap_free(now);
	return have == CAP_SET;
}

static bool may_leave_groups(void)
{
	FILE *f = fopen("/proc/self/setgroups", "re");
	char word[8] = "allow";

	if (f && !fgets(word, sizeof word, f))
		word[0] = 0;
	if (f)
		fclose(f);
	return strncmp(word, "deny", 4) != 0;
}

static const char *why_not(const struct run_as *want)
{
	if (!id_exists("/proc/self/uid_map", want->uid) ||
	    !id_exists("/proc/self/gid_map", want->gid))
		return "this container does not have that user and group";
	if (!has_capability(CAP_SETUID) || !has_capability(CAP_SETGID))
		return "this container may not change users";
	return NULL;
}

/* ---- who we become -------------------------------------------------------------- */

enum status privileges_find(const struct app_conf *c, struct run_as *out,
			    const char **out_name)
{
	struct run_as want = { .uid = getuid(), .gid = getgid() };
	const char *why;
	const struct passwd *user = NULL;

	if (*c->user) {
		user = getpwnam(c->user);
		*out_name = c->user;
		if (!user)
			return ST_UNKNOWN;
	}
	*out_name = c->group;
	if (c->group && *c->group && !group_find(c->group, &want.gid))
		return ST_UNKNOWN;
	if (!c->group && !group_find("dip", &want.gid) && user)
		want.gid = user->pw_gid;
	if (user)
		want.uid = user->pw_uid;
	want.change = getuid() == 0 && !c->no_daemon;
	why = want.change ? why_not(&want) : NULL;
	if (want.uid != getuid() || want.gid != getgid())
		want.kept_by = why;
	want.change &= !why;
	want.keeps_groups = !may_leave_groups();
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

struct cap_list {
	const cap_value_t *values;
	size_t n;
};

static const struct cap_list for_ports = { kept_for_ports, COUNT_OF(kept_for_ports) };
static const struct cap_list for_devices = { kept_for_devices, COUNT_OF(kept_for_devices) };
static const struct cap_list for_neighbours = { kept_for_neighbours,
						COUNT_OF(kept_for_neighbours) };
static const struct cap_list for_netfilter = { kept_for_netfilter, COUNT_OF(kept_for_netfilter) };
static const struct cap_list by_root = { kept_by_root, COUNT_OF(kept_by_root) };
static const struct cap_list by_helper = { kept_by_helper, COUNT_OF(kept_by_helper) };

static bool lists_have(const struct cap_list *lists, size_t n, cap_value_t value)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < lists[i].n; k++)
			if (lists[i].values[k] == value)
				return true;
	return false;
}

/* Where we may not, nothing is lost: no_new_privs and no exec bound us as well. */
static void caps_bound(const struct cap_list *lists, size_t n)
{
	for (cap_value_t value = 0; prctl(PR_CAPBSET_READ, value, 0, 0, 0) >= 0; value++)
		if (!lists_have(lists, n, value))
			(void)prctl(PR_CAPBSET_DROP, value, 0, 0, 0);
}

/* Of these lists what we have, and nothing else. */
static enum status caps_limit(const struct cap_list *lists, size_t n)
{
	cap_t now = cap_get_proc(), then = cap_init();
	bool ok = now && then;

	for (size_t i = 0; i < n; i++)
		ok = ok && cap_keep(now, then, lists[i].values, lists[i].n);
	ok = ok && cap_set_proc(then) == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
	cap_free(now);
	cap_free(then);
	return ok ? ST_OK : ST_SYSTEM;
}

static bool user_change(const struct run_as *want)
{
	return prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) == 0 &&
	       (want->keeps_groups || setgroups(0, NULL) == 0) &&
	       setresgid(want->gid, want->gid, want->gid) == 0 &&
	       setresuid(want->uid, want->uid, want->uid) == 0;
}

enum status privileges_drop(const struct run_as *want)
{
	struct cap_list lists[5];
	size_t n = 0;

	if (!want->has_helper)
		lists[n++] = for_ports;
	if (!want->has_helper && want->needs_devices)
		lists[n++] = for_devices;
	if (want->needs_neighbours)
		lists[n++] = for_neighbours;
	if (want->needs_netfilter)
		lists[n++] = for_netfilter;
	if (want->uid == 0)
		lists[n++] = by_root;
	caps_bound(lists, n);
	if (want->change && !user_change(want))
		return ST_SYSTEM;
	return caps_limit(lists, n);
}

enum status privileges_drop_helper(enum helper_binds binds)
{
	const struct cap_list lists[] = { by_helper, for_ports, for_devices };

	(void)setgroups(0, NULL);	/* not in every container; it only gives rights up */
	return caps_limit(lists, binds == HELPER_BINDS_DEVICES ? 3 : 2);
}
