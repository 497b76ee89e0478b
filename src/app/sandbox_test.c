/* SPDX-License-Identifier: ISC */
/*
 * Each attempt is made by a child of its own, since there is no way back out of
 * the sandbox.  A child ends with 0 when it went as it should.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/sandbox.h"
#include "test/test.h"

static char folder[] = "/tmp/lanlord-sandbox-XXXXXX";
static char own[64], readable[64];

static void folders_make(void)
{
	char name[96];

	CHECK(mkdtemp(strcpy(folder, "/tmp/lanlord-sandbox-XXXXXX")) != NULL);
	snprintf(own, sizeof own, "%s/own", folder);
	snprintf(readable, sizeof readable, "%s/readable", folder);
	CHECK_EQ(mkdir(own, 0700), 0);
	CHECK_EQ(mkdir(readable, 0700), 0);
	snprintf(name, sizeof name, "%s/file", readable);
	close(open(name, O_CREAT | O_WRONLY, 0600));
}

static void folders_remove(void)
{
	static const char *const names[] = { "/own/new", "/own/old", "/readable/file", "/own",
					     "/readable", "" };
	char path[96];

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		snprintf(path, sizeof path, "%s%s", folder, names[i]);
		remove(path);
	}
}

static enum sandbox_tcp tcp = SANDBOX_TAKES_TCP;

static void enter(struct sandbox *s)
{
	sandbox_init(s, tcp);
	sandbox_allow(s, own, SANDBOX_WRITE);
	sandbox_allow(s, readable, SANDBOX_READ);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	sandbox_enter(s);
}

/* How the child ended that tried this within the sandbox: wait()'s status. */
static int try_inside(bool (*forbidden)(const struct sandbox *s))
{
	struct sandbox s;
	int status = -1;
	pid_t child;

	folders_make();
	fflush(NULL);
	child = fork();
	if (child == 0) {
		enter(&s);
		_exit(forbidden(&s) ? 0 : 1);
	}
	CHECK_EQ(waitpid(child, &status, 0), child);
	folders_remove();
	return status;
}

static int open_in(const char *where, const char *name, int flags)
{
	char path[96];

	snprintf(path, sizeof path, "%s/%s", where, name);
	return open(path, flags, 0600);
}

/* ---- what is forbidden --------------------------------------------------------- */

static bool reads_shadow(const struct sandbox *s)
{
	return !s->landlock || (open("/etc/shadow", O_RDONLY) < 0 && errno == EACCES);
}

static bool lists_root(const struct sandbox *s)
{
	return !s->landlock || (open("/", O_RDONLY | O_DIRECTORY) < 0 && errno == EACCES);
}

static bool writes_outside(const struct sandbox *s)
{
	return !s->landlock || (open_in(folder, "new", O_CREAT | O_WRONLY) < 0 && errno == EACCES);
}

static bool writes_where_it_may_read(const struct sandbox *s)
{
	return !s->landlock || (open_in(readable, "file", O_WRONLY) < 0 && errno == EACCES);
}

static bool connects_by_tcp(const struct sandbox *s)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(9),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	return s->abi < 4 || !s->landlock ||
	       (connect(fd, (struct sockaddr *)&to, sizeof to) < 0 && errno == EACCES);
}

static bool forks(const struct sandbox *s)
{
	return s->seccomp && syscall(SYS_fork) < 0 && errno == ENOSYS;
}

/* The system call itself: the C library of i386 goes by socketcall, which hides its arguments. */
static bool socket_is_refused(int family)
{
	return syscall(SYS_socket, family, SOCK_RAW, 0) < 0 && errno == ENOSYS;
}

static bool opens_packet_socket(const struct sandbox *s)
{
	return s->seccomp && socket_is_refused(AF_PACKET);
}

static bool opens_bluetooth_socket(const struct sandbox *s)
{
	return s->seccomp && socket_is_refused(31);
}

static bool changes_user(const struct sandbox *s)
{
	return s->seccomp && setuid(1) < 0 && errno == ENOSYS;
}

static bool changes_mode(const struct sandbox *s)
{
	return s->seccomp && chmod(own, 0777) < 0 && errno == ENOSYS;
}

static bool (*const forbidden[])(const struct sandbox *s) = {
	reads_shadow, lists_root, writes_outside, writes_where_it_may_read, connects_by_tcp, forks,
	opens_packet_socket, opens_bluetooth_socket, changes_user, changes_mode,
};

TEST(the_sandbox_forbids_other_files_calls_and_sockets)
{
	for (size_t i = 0; i < sizeof forbidden / sizeof *forbidden; i++) {
		int status = try_inside(forbidden[i]);

		if (status != 0)
			printf("attempt %zu: %#x\n", i, (unsigned)status);
		CHECK_EQ(status, 0);
	}
}

/* Nobody listens there: what is refused is refused by the network. */
static bool connects_all_the_same(const struct sandbox *s)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(9),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	(void)s;
	return connect(fd, (struct sockaddr *)&to, sizeof to) == 0 || errno != EACCES;
}

TEST(a_server_that_asks_others_by_tcp_may_do_so)
{
	tcp = SANDBOX_MAKES_TCP;
	CHECK_EQ(try_inside(connects_all_the_same), 0);
	tcp = SANDBOX_TAKES_TCP;
}

static bool runs_a_program(const struct sandbox *s)
{
	char *const none[] = { NULL };

	(void)s;
	execve("/bin/true", none, none);
	return false;
}

static bool traces(const struct sandbox *s)
{
	(void)s;
	ptrace(PTRACE_TRACEME, 0, NULL, NULL);
	return false;
}

TEST(the_sandbox_ends_a_process_that_runs_a_program_or_traces)
{
	int ran = try_inside(runs_a_program), traced = try_inside(traces);

	CHECK(WIFSIGNALED(ran) && WTERMSIG(ran) == SIGSYS);
	CHECK(WIFSIGNALED(traced) && WTERMSIG(traced) == SIGSYS);
}

/* ---- what is allowed -------------------------------------------------------------- */

static bool own_files_work(const struct sandbox *s)
{
	char new[96], old[96];
	int fd = open_in(own, "new", O_CREAT | O_RDWR);

	(void)s;
	snprintf(new, sizeof new, "%s/new", own);
	snprintf(old, sizeof old, "%s/old", own);
	return fd >= 0 && write(fd, "x", 1) == 1 && fsync(fd) == 0 && ftruncate(fd, 0) == 0 &&
	       rename(new, old) == 0 && unlink(old) == 0 &&
	       open_in(readable, "file", O_RDONLY) >= 0;
}

static void *nothing(void *arg)
{
	return arg;
}

static bool threads_work(const struct sandbox *s)
{
	pthread_t t;

	(void)s;
	return pthread_create(&t, NULL, nothing, NULL) == 0 && pthread_join(t, NULL) == 0;
}

TEST(the_sandbox_allows_its_own_files_and_threads)
{
	CHECK_EQ(try_inside(own_files_work), 0);
	CHECK_EQ(try_inside(threads_work), 0);
}

/* ---- kernels that lack a part ------------------------------------------------------- */

/* These calls fail as they do where the kernel or a container does not allow them. */
static void take_away(const int *calls, size_t n, int error)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);

	for (size_t i = 0; i < n; i++)
		seccomp_rule_add(filter, SCMP_ACT_ERRNO((uint32_t)error), calls[i], 0);
	seccomp_load(filter);
	seccomp_release(filter);
}

static int run_child(bool (*run)(void))
{
	int status = -1;
	pid_t child;

	folders_make();
	fflush(NULL);
	child = fork();
	if (child == 0)
		_exit(run() ? 0 : 1);
	waitpid(child, &status, 0);
	folders_remove();
	return status;
}

static bool without_landlock(void)
{
	static const int calls[] = { SCMP_SYS(landlock_create_ruleset) };
	struct sandbox s;

	take_away(calls, 1, EPERM);
	enter(&s);
	return !s.landlock && s.seccomp &&
	       strcmp(s.missing, "Landlock (Operation not permitted)") == 0 &&
	       open("/etc/passwd", O_RDONLY) >= 0 && socket_is_refused(AF_PACKET);
}

static bool without_seccomp(void)
{
	static const int calls[] = { SCMP_SYS(seccomp) };
	struct sandbox s;

	take_away(calls, 1, EINVAL);
	enter(&s);
	return !s.seccomp && strstr(s.missing, "seccomp (") != NULL &&
	       s.landlock == (s.abi > 0) && own_files_work(&s);
}

TEST(without_landlock_the_rest_is_entered_and_the_lack_is_named)
{
	CHECK_EQ(run_child(without_landlock), 0);
}

TEST(without_seccomp_the_rest_is_entered_and_the_lack_is_named)
{
	CHECK_EQ(run_child(without_seccomp), 0);
}

/* ---- threads that run already ------------------------------------------------------- */

static pthread_barrier_t fenced;

/* Not NULL: the fence holds for this thread too. */
static void *thread_before_the_fence(void *arg)
{
	pthread_barrier_wait(&fenced);		/* it runs */
	pthread_barrier_wait(&fenced);		/* and the other has entered */
	return socket_is_refused(AF_PACKET) ? arg : NULL;
}

static bool filters_a_thread_that_runs(void)
{
	struct sandbox s;
	void *held = NULL;
	pthread_t t;

	pthread_barrier_init(&fenced, NULL, 2);
	if (pthread_create(&t, NULL, thread_before_the_fence, &s) != 0)
		return false;
	pthread_barrier_wait(&fenced);
	enter(&s);
	pthread_barrier_wait(&fenced);
	return pthread_join(t, &held) == 0 && held && s.seccomp;
}

TEST(the_filter_is_for_threads_that_run_already_too)
{
	CHECK_EQ(run_child(filters_a_thread_that_runs), 0);
}
