/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "app/dump.h"
#include "base/log.h"
#include "base/must.h"
#include "wire/pcap_write.h"

/* ---- writing ---------------------------------------------------------------------------- */

/* All of it or nothing; a pipe that nobody reads loses it. */
static bool write_whole(const struct dump *d, const struct iovec *parts, int n, size_t size)
{
	off_t before = d->is_file ? lseek(d->fd, 0, SEEK_END) : 0;
	ssize_t written = writev(d->fd, parts, n);

	if (written == (ssize_t)size)
		return true;
	if (written > 0 && d->is_file && ftruncate(d->fd, before) < 0)
		return false;
	return false;
}

static void tell_failure(struct dump *d)
{
	if (!d->failed_told && d->is_file)
		log_error(LOG_MAIN, "cannot write to the dumpfile: %s; packets are missing in it",
			  strerror(errno));
	d->failed_told = true;
}

static void took(struct packet_tap *t, enum packet_kind kind, const struct endpoint *from,
		 const struct endpoint *to, struct span data)
{
	struct dump *d = container_of(t, struct dump, tap);
	uint8_t head[PCAP_RECORD_HEAD];
	struct timespec now;
	size_t n;
	bool done;

	clock_gettime(CLOCK_REALTIME, &now);
	n = pcap_record_write(head, now.tv_sec, (uint32_t)(now.tv_nsec / 1000), from, to, data);
	if (n == 0)
		return;
	pthread_mutex_lock(&d->lock);
	done = write_whole(d, (const struct iovec[]){ { head, n }, { (void *)data.p, data.n } }, 2,
			   n + data.n);
	if (done)
		log_info(LOG_MAIN, "dumping packet %llu mask 0x%04x",
			 (unsigned long long)++d->packets, (unsigned)kind);
	else
		tell_failure(d);
	pthread_mutex_unlock(&d->lock);
}

/* ---- opening ------------------------------------------------------------------------------ */

/* A pipe is opened both ways, so that it may be there before its reader, and never waits. */
static int open_path(const char *path)
{
	struct stat s;

	if (stat(path, &s) == 0 && S_ISFIFO(s.st_mode))
		return open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	return open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
}

static bool write_head(const struct dump *d, const char *path, struct failure *f)
{
	uint8_t head[PCAP_HEAD];

	pcap_head_write(head);
	if (write_whole(d, &(struct iovec){ head, sizeof head }, 1, sizeof head))
		return true;
	return failure_set(f, EXIT_CODE_FILE, "cannot access %s: %s", path, strerror(errno));
}

static bool check_head(const struct dump *d, const char *path, struct failure *f)
{
	uint8_t head[PCAP_HEAD];

	if (pread(d->fd, head, sizeof head, 0) == sizeof head && pcap_head_fits(head))
		return true;
	return failure_set(f, EXIT_CODE_FILE, "bad header in %s", path);
}

bool dump_open(struct dump *d, struct events *e, const char *path, unsigned kinds,
	       struct failure *f)
{
	struct stat s;

	d->fd = open_path(path);
	if (d->fd < 0 || fstat(d->fd, &s) < 0) {
		d->fd = d->fd < 0 ? 0 : d->fd;
		return failure_set(f, EXIT_CODE_FILE, "cannot create %s: %s", path,
				   strerror(errno));
	}
	d->is_file = S_ISREG(s.st_mode);
	if (!(d->is_file && s.st_size > 0 ? check_head(d, path, f) : write_head(d, path, f)))
		return false;
	must(pthread_mutex_init(&d->lock, NULL) == 0);
	d->tap.took = took;
	atomic_store(&d->tap.kinds, kinds);
	e->tap = &d->tap;
	return true;
}

void dump_close(struct dump *d)
{
	if (d->fd > 0)
		close(d->fd);
	d->fd = 0;
}
