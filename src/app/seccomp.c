/* SPDX-License-Identifier: ISC */
/*
 * The system calls that serving needs: ours, libuv's, SQLite's, libmicrohttpd's
 * and the C library's.  Any other answers "no such call", which libraries know
 * how to take; those that only an intruder would make end the process.
 */
#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "app/sandbox.h"
#include "base/must.h"

/* clang-format off */
static const int calls_allowed[] = {
	/* memory, time, chance */
	SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise),
	SCMP_SYS(clock_gettime), SCMP_SYS(clock_getres), SCMP_SYS(clock_nanosleep),
	SCMP_SYS(nanosleep), SCMP_SYS(gettimeofday), SCMP_SYS(time), SCMP_SYS(getrandom),
	SCMP_SYS(clock_gettime64), SCMP_SYS(clock_getres_time64), SCMP_SYS(clock_nanosleep_time64),
	/* threads and signals */
	SCMP_SYS(futex), SCMP_SYS(futex_time64), SCMP_SYS(set_robust_list), SCMP_SYS(rseq),
	SCMP_SYS(exit), SCMP_SYS(exit_group), SCMP_SYS(sched_yield), SCMP_SYS(sched_getaffinity),
	SCMP_SYS(set_tid_address), SCMP_SYS(gettid), SCMP_SYS(tgkill), SCMP_SYS(rt_sigaction),
	SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn), SCMP_SYS(sigaltstack), SCMP_SYS(sigreturn),
	SCMP_SYS(restart_syscall), SCMP_SYS(membarrier), SCMP_SYS(arch_prctl),
	/* who and what we are */
	SCMP_SYS(getpid), SCMP_SYS(getppid), SCMP_SYS(getuid), SCMP_SYS(geteuid), SCMP_SYS(getgid),
	SCMP_SYS(getegid), SCMP_SYS(getuid32), SCMP_SYS(geteuid32), SCMP_SYS(getgid32),
	SCMP_SYS(getegid32), SCMP_SYS(uname), SCMP_SYS(sysinfo), SCMP_SYS(prlimit64),
	SCMP_SYS(getrlimit), SCMP_SYS(ugetrlimit), SCMP_SYS(getrusage), SCMP_SYS(getcwd),
	SCMP_SYS(umask),
	/* waiting */
	SCMP_SYS(epoll_create1), SCMP_SYS(epoll_ctl), SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait),
	SCMP_SYS(epoll_pwait2), SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(ppoll_time64),
	SCMP_SYS(select), SCMP_SYS(pselect6), SCMP_SYS(pselect6_time64), SCMP_SYS(_newselect),
	SCMP_SYS(eventfd2), SCMP_SYS(pipe2), SCMP_SYS(timerfd_create), SCMP_SYS(timerfd_settime),
	SCMP_SYS(timerfd_settime64), SCMP_SYS(wait4),
	/* descriptors and files */
	SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(readv), SCMP_SYS(writev), SCMP_SYS(pread64),
	SCMP_SYS(pwrite64), SCMP_SYS(preadv), SCMP_SYS(pwritev), SCMP_SYS(close), SCMP_SYS(dup),
	SCMP_SYS(dup2), SCMP_SYS(dup3), SCMP_SYS(fcntl), SCMP_SYS(fcntl64), SCMP_SYS(flock),
	SCMP_SYS(lseek), SCMP_SYS(_llseek), SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(openat2),
	SCMP_SYS(stat), SCMP_SYS(fstat), SCMP_SYS(lstat), SCMP_SYS(stat64), SCMP_SYS(fstat64),
	SCMP_SYS(lstat64), SCMP_SYS(newfstatat), SCMP_SYS(fstatat64), SCMP_SYS(statx),
	SCMP_SYS(statfs), SCMP_SYS(fstatfs), SCMP_SYS(statfs64), SCMP_SYS(fstatfs64),
	SCMP_SYS(access), SCMP_SYS(faccessat), SCMP_SYS(faccessat2), SCMP_SYS(readlink),
	SCMP_SYS(readlinkat), SCMP_SYS(getdents64), SCMP_SYS(getdents), SCMP_SYS(fsync),
	SCMP_SYS(fdatasync), SCMP_SYS(sync_file_range), SCMP_SYS(ftruncate), SCMP_SYS(ftruncate64),
	SCMP_SYS(fallocate), SCMP_SYS(rename), SCMP_SYS(renameat), SCMP_SYS(renameat2),
	SCMP_SYS(unlink), SCMP_SYS(unlinkat), SCMP_SYS(fchmod), SCMP_SYS(fchown),
	SCMP_SYS(fchown32), SCMP_SYS(utimensat), SCMP_SYS(utimensat_time64), SCMP_SYS(fadvise64),
	SCMP_SYS(fadvise64_64), SCMP_SYS(readahead), SCMP_SYS(sendfile), SCMP_SYS(sendfile64),
	SCMP_SYS(splice), SCMP_SYS(inotify_add_watch), SCMP_SYS(inotify_rm_watch),
	/* network */
	SCMP_SYS(bind), SCMP_SYS(connect), SCMP_SYS(listen), SCMP_SYS(accept), SCMP_SYS(accept4),
	SCMP_SYS(getsockname), SCMP_SYS(getpeername), SCMP_SYS(getsockopt), SCMP_SYS(setsockopt),
	SCMP_SYS(shutdown), SCMP_SYS(sendto), SCMP_SYS(recvfrom), SCMP_SYS(send), SCMP_SYS(recv),
	SCMP_SYS(sendmsg), SCMP_SYS(recvmsg), SCMP_SYS(sendmmsg), SCMP_SYS(recvmmsg),
	SCMP_SYS(recvmmsg_time64), SCMP_SYS(socketpair),
};

static const int calls_of_helper[] = {
	SCMP_SYS(setfsuid), SCMP_SYS(setfsgid), SCMP_SYS(setfsuid32), SCMP_SYS(setfsgid32),
};

static const int calls_fatal[] = {
	SCMP_SYS(execve), SCMP_SYS(execveat), SCMP_SYS(ptrace), SCMP_SYS(process_vm_readv),
	SCMP_SYS(process_vm_writev), SCMP_SYS(kexec_load), SCMP_SYS(kexec_file_load),
	SCMP_SYS(init_module), SCMP_SYS(finit_module), SCMP_SYS(bpf), SCMP_SYS(perf_event_open),
	SCMP_SYS(userfaultfd), SCMP_SYS(mount), SCMP_SYS(umount2), SCMP_SYS(pivot_root),
	SCMP_SYS(chroot), SCMP_SYS(setns), SCMP_SYS(unshare), SCMP_SYS(open_by_handle_at),
	SCMP_SYS(add_key), SCMP_SYS(keyctl), SCMP_SYS(request_key), SCMP_SYS(reboot),
};

#define INT_BITS 0xffffffffULL	/* the kernel looks at no more of an int */

/*
 * Calls that are allowed when one argument, masked, has a value.  Where the C
 * library makes sockets by socketcall (i386), their arguments lie in memory and
 * a filter cannot see them: there the capabilities that were dropped must do.
 */
static const struct { int call; unsigned arg; uint64_t mask, value; } calls_limited[] = {
	{ SCMP_SYS(socket), 0, INT_BITS, AF_UNIX },
	{ SCMP_SYS(socket), 0, INT_BITS, AF_INET },
	{ SCMP_SYS(socket), 0, INT_BITS, AF_INET6 },
	{ SCMP_SYS(socket), 0, INT_BITS, AF_NETLINK },
	{ SCMP_SYS(clone), 0, CLONE_THREAD, CLONE_THREAD },	/* threads, never processes */
	{ SCMP_SYS(mmap), 2, PROT_EXEC, 0 },			/* no new code */
	{ SCMP_SYS(mmap2), 2, PROT_EXEC, 0 },
	{ SCMP_SYS(mprotect), 2, PROT_EXEC, 0 },
	{ SCMP_SYS(prctl), 0, INT_BITS, PR_SET_NAME },
	{ SCMP_SYS(ioctl), 1, 0xffffff00, 0x8900 },		/* SIOC…: interfaces, neighbours */
	{ SCMP_SYS(ioctl), 1, INT_BITS, 0x5401 },			/* TCGETS: isatty */
	{ SCMP_SYS(ioctl), 1, INT_BITS, 0x541b },			/* FIONREAD */
	{ SCMP_SYS(ioctl), 1, INT_BITS, 0x5421 },			/* FIONBIO */
	{ SCMP_SYS(ioctl), 1, INT_BITS, 0x5451 },			/* FIOCLEX */
};
/* clang-format on */

/* A call that this architecture does not have is no loss. */
static int rules_add(scmp_filter_ctx filter, uint32_t action, const int *calls, size_t n)
{
	int error;

	for (size_t i = 0; i < n; i++) {
		error = seccomp_rule_add(filter, action, calls[i], 0);
		if (error < 0 && error != -EDOM)
			return error;
	}
	return 0;
}

static int rules_add_limited(scmp_filter_ctx filter)
{
	struct scmp_arg_cmp cmp;
	int error;

	for (size_t i = 0; i < COUNT_OF(calls_limited); i++) {
		cmp = SCMP_CMP(calls_limited[i].arg, SCMP_CMP_MASKED_EQ, calls_limited[i].mask,
			       calls_limited[i].value);
		error = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, calls_limited[i].call, 1,
					       &cmp);
		if (error < 0 && error != -EDOM)
			return error;
	}
	return 0;
}

int seccomp_enter(enum seccomp_for who)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
	int error;

	if (!filter)
		return ENOMEM;
	error = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
	if (error == 0)
		error = rules_add(filter, SCMP_ACT_ALLOW, calls_allowed, COUNT_OF(calls_allowed));
	if (error == 0 && who == SECCOMP_HELPER)
		error = rules_add(filter, SCMP_ACT_ALLOW, calls_of_helper,
				  COUNT_OF(calls_of_helper));
	if (error == 0)
		error = rules_add(filter, SCMP_ACT_KILL_PROCESS, calls_fatal,
				  COUNT_OF(calls_fatal));
	if (error == 0)
		error = rules_add_limited(filter);
	if (error == 0)
		error = seccomp_load(filter);
	seccomp_release(filter);
	return -error;
}
