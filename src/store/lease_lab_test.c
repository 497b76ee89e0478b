/* SPDX-License-Identifier: ISC */
#include <dirent.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "store/lease_lab_test.h"
#include "test/test.h"

static pthread_mutex_t log_lock = PTHREAD_MUTEX_INITIALIZER;
static char log_text[65536];
static size_t log_n;

static void record(enum log_subsystem sub, enum log_level level, const char *text)
{
	struct text t;

	(void)sub;
	(void)level;
	pthread_mutex_lock(&log_lock);
	t = text_of(log_text + log_n, sizeof log_text - log_n);
	text_addf(&t, "%s\n", text);
	log_n += t.n;
	pthread_mutex_unlock(&log_lock);
}

const char *lab_log(void)
{
	return log_text;
}

void lab_log_clear(void)
{
	pthread_mutex_lock(&log_lock);
	log_n = 0;
	log_text[0] = 0;
	pthread_mutex_unlock(&log_lock);
}

unsigned lab_logged(const char *part)
{
	unsigned n = 0;

	pthread_mutex_lock(&log_lock);
	for (const char *at = log_text; (at = strstr(at, part)); at += strcspn(at, "\n"))
		n++;
	pthread_mutex_unlock(&log_lock);
	return n;
}

void lab_init(struct lab *lab)
{
	*lab = (struct lab){ .max = 1000, .owner = (uid_t)-1, .group = (gid_t)-1 };
	snprintf(lab->dir, sizeof lab->dir, "%s/lanlord-XXXXXX",
		 access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	CHECK(mkdtemp(lab->dir) != NULL);
	snprintf(lab->file, sizeof lab->file, "%s/leases", lab->dir);
	snprintf(lab->db, sizeof lab->db, "%s/leases.db", lab->dir);
	lab->loop = sim_new(1);
	lab_log_clear();
	log_set_sink(record);
}

void lab_done(struct lab *lab)
{
	char path[512];
	DIR *dir = opendir(lab->dir);

	for (struct dirent *d; dir && (d = readdir(dir));) {
		snprintf(path, sizeof path, "%s/%s", lab->dir, d->d_name);
		unlink(path);
	}
	if (dir)
		closedir(dir);
	rmdir(lab->dir);
	sim_free(lab->loop);
	log_set_sink(NULL);
}

enum status lab_open(struct lab *lab)
{
	struct leases_want want = { .file = lab->file, .store = lab->store, .max = lab->max,
				    .counters = &lab->counters };

	return leases_open(&lab->leases, lab->loop, &want, lab->owner, lab->group,
			   lab->why, sizeof lab->why);
}

void lab_start(struct lab *lab)
{
	enum status s = lab_open(lab);

	CHECK_TEXT(lab->why, "");
	CHECK_EQ(s, ST_OK);
	CHECK_EQ(leases_start(lab->leases), ST_OK);
}

void lab_stop(struct lab *lab)
{
	leases_stop(lab->leases);
	lab_crash(lab);
}

void lab_crash(struct lab *lab)
{
	leases_free(lab->leases);
	lab->leases = NULL;
	sim_run_for(lab->loop, 0);	/* a message that was on its way */
}

struct addr lab_addr(unsigned host)
{
	return addr_ip4(host < 256 ? 0xc0000200u + host : 0x0a000000u + host);
}

struct hwaddr lab_hw(unsigned host)
{
	return (struct hwaddr){ .type = 1, .len = 6, .bytes = { 2, 0, 0, (uint8_t)(host >> 16),
				(uint8_t)(host >> 8), (uint8_t)host } };
}

const struct lease *lab_at(struct lab *lab, unsigned host)
{
	struct addr a = lab_addr(host);

	return leases_at(lab->leases, &a);
}

struct lease_change lab_change(struct lab *lab, unsigned host, const char *name, uint32_t seconds)
{
	return (struct lease_change){
		.addr = lab_addr(host), .hw = lab_hw(host), .name = name,
		.expires_s = seconds ? loop_now(lab->loop).wall_s + seconds : 0, .ifindex = 1,
	};
}

struct waited { struct lease_commit commit; bool done; enum status status; };

static void on_done(struct lease_commit *c, enum status s)
{
	struct waited *w = (struct waited *)(void *)c;

	w->done = true;
	w->status = s;
}

static enum status wait_for(struct lab *lab, struct waited *w)
{
	for (int tries = 0; tries < 100000 && !w->done; tries++) {
		usleep(50);
		sim_run_for(lab->loop, 0);
	}
	CHECK(w->done);
	return w->status;
}

enum status lab_commit(struct lab *lab, unsigned host, const char *name, uint32_t seconds)
{
	struct lease_change change = lab_change(lab, host, name, seconds);
	struct waited w = { .commit.done = on_done };
	enum status s = leases_commit(lab->leases, &change, &w.commit);

	return s == ST_OK ? wait_for(lab, &w) : s;
}

enum status lab_release(struct lab *lab, unsigned host)
{
	struct waited w = { .commit.done = on_done };
	struct addr a = lab_addr(host);

	leases_release(lab->leases, &a, &w.commit);
	return wait_for(lab, &w);
}

void lab_wait_ms(struct lab *lab, unsigned ms)
{
	for (unsigned i = 0; i < ms; i++) {
		usleep(1000);
		sim_run_for(lab->loop, 0);
	}
}

void lab_write(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	CHECK(f != NULL);
	if (!f)
		return;
	fputs(text, f);
	fclose(f);
}

const char *lab_read(const char *path)
{
	static char text[65536];
	FILE *f = fopen(path, "r");

	if (!f)
		return "(none)";
	text[fread(text, 1, sizeof text - 1, f)] = 0;
	fclose(f);
	return text;
}

bool lab_exists(const char *path)
{
	return access(path, F_OK) == 0;
}

static int64_t clock_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

unsigned lab_wait_text(struct lab *lab, const char *part)
{
	int64_t began_ms = clock_ms();

	while (!strstr(lab_read(lab->file), part) && clock_ms() < began_ms + 5000)
		usleep(1000);
	CHECK(strstr(lab_read(lab->file), part) != NULL);
	return (unsigned)(clock_ms() - began_ms);
}

unsigned lab_count(struct lab *lab, const char *prefix)
{
	DIR *dir = opendir(lab->dir);
	unsigned n = 0;

	for (struct dirent *d; dir && (d = readdir(dir));)
		n += strncmp(d->d_name, prefix, strlen(prefix)) == 0;
	if (dir)
		closedir(dir);
	return n;
}
