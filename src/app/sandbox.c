/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "app/sandbox.h"
#include "base/must.h"
#include "base/text.h"

/*
 * Landlock's own numbers (Documentation/userspace-api/landlock.rst): older headers lack the newer
 * ones, while the running kernel decides what works.
 */
enum {
	FS_EXECUTE = 1 << 0,   FS_WRITE_FILE = 1 << 1, FS_READ_FILE = 1 << 2,
	FS_READ_DIR = 1 << 3,  FS_REMOVE_FILE = 1 << 5, FS_MAKE_REG = 1 << 8,
	FS_REFER = 1 << 13,    FS_TRUNCATE = 1 << 14,  FS_IOCTL_DEV = 1 << 15,
};
enum { NET_CONNECT_TCP = 1 << 1 };
enum { SCOPE_ABSTRACT_UNIX = 1 << 0, SCOPE_SIGNAL = 1 << 1 };
enum { CREATE_RULESET_VERSION = 1 << 0, RULE_PATH_BENEATH = 1 };

struct ruleset_attr {
	uint64_t handled_access_fs, handled_access_net, scoped;
};

struct path_beneath_attr {
	uint64_t allowed_access;
	int32_t parent_fd;
} __attribute__((packed));

/* What each version of Landlock began to control; all of it is denied unless a rule allows it. */
static const struct ruleset_attr controlled_since[] = {
	[1] = { .handled_access_fs = (1 << 13) - 1 },
	[2] = { .handled_access_fs = FS_REFER },
	[3] = { .handled_access_fs = FS_TRUNCATE },
	[4] = { .handled_access_net = NET_CONNECT_TCP },
	[5] = { .handled_access_fs = FS_IOCTL_DEV },
	[6] = { .scoped = SCOPE_ABSTRACT_UNIX | SCOPE_SIGNAL },
};

static const uint64_t allowed[] = {
	[SANDBOX_READ] = FS_READ_FILE | FS_READ_DIR,
	[SANDBOX_WRITE] = FS_READ_FILE | FS_READ_DIR | FS_WRITE_FILE | FS_REMOVE_FILE |
			  FS_MAKE_REG | FS_REFER | FS_TRUNCATE,
};

static struct ruleset_attr controlled_by(int abi)
{
	struct ruleset_attr all = { 0 };

	for (int v = 1; v <= abi && v < (int)COUNT_OF(controlled_since); v++) {
		all.handled_access_fs |= controlled_since[v].handled_access_fs;
		all.handled_access_net |= controlled_since[v].handled_access_net;
		all.scoped |= controlled_since[v].scoped;
	}
	return all;
}

static void missing_add(struct sandbox *s, const char *what, int error)
{
	size_t n = strlen(s->missing);
	struct text t = text_of(s->missing + n, sizeof s->missing - n);

	text_addf(&t, "%s%s (%s)", n ? ", " : "", what, strerror(error));
}

void sandbox_init(struct sandbox *s, enum sandbox_tcp tcp)
{
	struct ruleset_attr attr;
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_RULESET_VERSION);

	*s = (struct sandbox){ .ruleset = -1, .tcp = tcp };
	if (abi > 0) {
		s->abi = (int)abi;
		attr = controlled_by(s->abi);
		if (tcp == SANDBOX_MAKES_TCP)
			attr.handled_access_net &= ~(uint64_t)NET_CONNECT_TCP;
		s->ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof attr, 0);
	}
	if (s->ruleset < 0)
		missing_add(s, "Landlock", errno);
}

bool sandbox_allow(struct sandbox *s, const char *directory, enum sandbox_access access)
{
	struct path_beneath_attr rule = {
		.allowed_access = allowed[access] & controlled_by(s->abi).handled_access_fs,
	};
	long failed;

	if (s->ruleset < 0)
		return true;
	rule.parent_fd = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (rule.parent_fd < 0)
		return false;
	failed = syscall(SYS_landlock_add_rule, s->ruleset, RULE_PATH_BENEATH, &rule, 0);
	close(rule.parent_fd);
	return failed == 0;
}

bool sandbox_allow_around(struct sandbox *s, const char *file, enum sandbox_access access)
{
	const char *slash = strrchr(file, '/');
	char directory[4096];

	if (!slash)
		return sandbox_allow(s, ".", access);
	if (slash == file)
		return sandbox_allow(s, "/", access);
	snprintf(directory, sizeof directory, "%.*s", (int)(slash - file), file);
	return sandbox_allow(s, directory, access);
}

void sandbox_enter(struct sandbox *s)
{
	int error;

	if (s->ruleset >= 0) {
		s->landlock = syscall(SYS_landlock_restrict_self, s->ruleset, 0) == 0;
		if (!s->landlock)
			missing_add(s, "Landlock", errno);
		close(s->ruleset);
		s->ruleset = -1;
	}
	error = seccomp_enter(SECCOMP_SERVER);
	s->seccomp = error == 0;
	if (error)
		missing_add(s, "seccomp", error);
}
