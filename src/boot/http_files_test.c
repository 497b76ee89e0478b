/* SPDX-License-Identifier: ISC */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/must.h"
#include "base/text.h"
#include "boot/http_files.h"
#include "net/sim.h"
#include "test/test.h"

/* ---- without a network ------------------------------------------------------------ */

#define OLD "Thu, 01 Jan 2026 00:00:00 GMT"
#define OLD_S 1767225600

TEST(an_http_answer_follows_from_the_request_and_the_file)
{
	static const struct {
		const char *method, *range, *if_range, *since;
		enum files_result result;
		unsigned status;
		uint64_t offset, length;
	} cases[] = {
		{ "GET",  NULL,         NULL, NULL, FILES_OK,         200, 0,  100 },
		{ "HEAD", NULL,         NULL, NULL, FILES_OK,         200, 0,  100 },
		{ "GET",  "bytes=10-19", NULL, NULL, FILES_OK,        206, 10, 10  },
		{ "GET",  "bytes=-5",   NULL, NULL, FILES_OK,         206, 95, 5   },
		{ "GET",  "bytes=100-", NULL, NULL, FILES_OK,         416, 0,  0   },
		{ "GET",  "bytes=5-1",  NULL, NULL, FILES_OK,         200, 0,  100 },
		{ "GET",  "bytes=1-2,4-5", NULL, NULL, FILES_OK,      200, 0,  100 },
		{ "HEAD", "bytes=10-19", NULL, NULL, FILES_OK,        200, 0,  100 },
		{ "GET",  "bytes=10-19", OLD,  NULL, FILES_OK,        206, 10, 10  },
		{ "GET",  "bytes=10-19", "Fri, 02 Jan 2026 00:00:00 GMT", NULL, FILES_OK, 200, 0, 100 },
		{ "GET",  "bytes=10-19", "\"etag\"", NULL, FILES_OK,  200, 0,  100 },
		{ "GET",  NULL,         NULL, OLD,  FILES_OK,         304, 0,  0   },
		{ "HEAD", NULL,         NULL, OLD,  FILES_OK,         304, 0,  0   },
		{ "GET",  NULL,         NULL, "Fri, 02 Jan 2026 00:00:00 GMT", FILES_OK, 304, 0, 0 },
		{ "GET",  NULL,         NULL, "Wed, 31 Dec 2025 23:59:59 GMT", FILES_OK, 200, 0, 100 },
		{ "GET",  NULL,         NULL, "whenever", FILES_OK,   200, 0,  100 },
		{ "GET",  NULL,         NULL, NULL, FILES_MISSING,    404, 0,  0   },
		{ "GET",  NULL,         NULL, NULL, FILES_NOT_A_FILE, 404, 0,  0   },
		{ "HEAD", NULL,         NULL, NULL, FILES_FORBIDDEN,  403, 0,  0   },
		{ "GET",  NULL,         NULL, NULL, FILES_FAILED,     503, 0,  0   },
		{ "POST", NULL,         NULL, NULL, FILES_OK,         405, 0,  0   },
		{ "get",  NULL,         NULL, NULL, FILES_OK,         405, 0,  0   },
		{ "PUT",  NULL,         NULL, NULL, FILES_MISSING,    405, 0,  0   },
	};
	const struct files_found found = { .fd = 9, .size = 100, .mtime_s = OLD_S };

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct http_request r = {
			.method = cases[i].method, .path = "/f", .range = cases[i].range,
			.if_range = cases[i].if_range, .if_modified_since = cases[i].since,
		};
		struct http_answer a = http_decide(&r, cases[i].result, &found, "text/plain");

		CHECK_EQ(a.status, cases[i].status);
		CHECK_EQ(a.offset, cases[i].offset);
		CHECK_EQ(a.length, cases[i].length);
		CHECK_EQ(a.body != NULL, a.status >= 400);
		CHECK_EQ(a.has_mtime && a.ranges, a.status < 400);
		CHECK_EQ(a.status == 416 ? a.size : 100, 100);
	}
}

TEST(the_type_follows_from_the_names_end)
{
	static const struct { const char *name, *type; } cases[] = {
		{ "boot.ipxe",      "text/plain"               },
		{ "BOOTX64.EFI",    "application/efi"          },
		{ "a/b/debian.iso", "application/vnd.efi-iso"  },
		{ "disk.img",       "application/vnd.efi-img"  },
		{ "vmlinuz",        "application/octet-stream" },
		{ "undionly.kpxe",  "application/octet-stream" },
		{ ".ipxe",          "application/octet-stream" },
		{ "ipxe",           "application/octet-stream" },
		{ "",               "application/octet-stream" },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++)
		CHECK_TEXT(http_type_of(cases[i].name), cases[i].type);
}

#if HAVE_HTTP
/* ---- over the loopback --------------------------------------------------------------- */

struct web {
	struct loop *loop;
	struct files *files;
	struct http_files *http_files;
	struct http *http;
	struct events events;
	struct event_watch watch;
	struct counters counters;
	struct boot_conf boot;
	struct lan_conf lan;
	struct boot_root root;
	struct endpoint at;
	char dir[48];
	pthread_mutex_t lock;
	char said[512];			/* events, a line each; under the lock */
};

static void told(struct event_watch *w, const struct event *e)
{
	static const char *const names[EVENT_KINDS] = {
		[EVENT_HTTP_SENT] = "sent", [EVENT_HTTP_FAILED] = "failed",
		[EVENT_HTTP_NOT_FOUND] = "not found", [EVENT_HTTP_ERROR] = "error",
	};
	struct web *web = container_of(w, struct web, watch);
	struct text t = text_of(web->said, sizeof web->said);

	pthread_mutex_lock(&web->lock);
	text_addf(&t, "%s %s %u %llu", names[e->kind], e->name + strlen(web->dir), e->status,
		  (unsigned long long)e->bytes);
	pthread_mutex_unlock(&web->lock);
}

static void wait_said(struct web *web, const char *want)
{
	char said[sizeof web->said] = "";

	for (unsigned i = 0; i < 500 && strcmp(said, want) != 0; i++) {
		if (i)
			usleep(10000);
		pthread_mutex_lock(&web->lock);
		strcpy(said, web->said);
		pthread_mutex_unlock(&web->lock);
	}
	CHECK_TEXT(said, want);
}

static int listen_on(uint32_t addr, struct endpoint *out)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(addr) };
	socklen_t n = sizeof at;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	must(fd >= 0 && bind(fd, (struct sockaddr *)&at, n) == 0 && listen(fd, 64) == 0);
	must(getsockname(fd, (struct sockaddr *)&at, &n) == 0);
	*out = (struct endpoint){ addr_ip4(addr), ntohs(at.sin_port) };
	return fd;
}

static void put_file(struct web *w, const char *name, const char *text, size_t repeat)
{
	char path[128];
	int fd;

	snprintf(path, sizeof path, "%s/%s", w->dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	must(fd >= 0);
	for (size_t i = 0; i < repeat; i++)
		must(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	must(fchmod(fd, 0644) == 0 &&
	     futimens(fd, (struct timespec[]){ { OLD_S, 0 }, { OLD_S, 0 } }) == 0);
	close(fd);
}

static void web_open(struct web *w, unsigned threads)
{
	char path[64];

	*w = (struct web){ .loop = sim_new(1), .watch.told = told };
	pthread_mutex_init(&w->lock, NULL);
	strcpy(w->dir, "/tmp/lanlord-http-XXXXXX");
	must(mkdtemp(w->dir) && chmod(w->dir, 0755) == 0);
	snprintf(path, sizeof path, "%s/sub", w->dir);
	must(mkdir(path, 0755) == 0);
	put_file(w, "f", "0123456789", 10);
	put_file(w, "sub/boot.ipxe", "#!ipxe\n", 1);
	put_file(w, "empty", "", 0);
	sim_netif_add(w->loop, "lo", "127.0.0.1/8", NULL);
	events_watch(&w->events, &w->watch);
	w->root.path = w->dir;
	w->boot.http_roots = &w->root;
	w->files = files_new(0);
	w->http_files = http_files_new(w->loop, w->files, &w->events, &w->counters);
	must(http_files_configure(w->http_files, &w->boot, &w->lan) == ST_OK);

	struct http_want want = http_files_want(w->http_files, threads, 200);

	w->http = http_new(&want);
	must(w->http && http_listen(w->http, listen_on(INADDR_LOOPBACK, &w->at)) == ST_OK);
}

static void web_close(struct web *w)
{
	char command[96];

	http_free(w->http);
	http_files_free(w->http_files);
	files_free(w->files);
	sim_free(w->loop);
	snprintf(command, sizeof command, "rm -rf '%s'", w->dir);
	must(system(command) == 0);
}

static int web_connect(struct web *w)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(w->at.port),
				  .sin_addr.s_addr = htonl(addr_to_ip4(&w->at.addr)) };
	struct timeval patience = { .tv_sec = 10 };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	must(fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof to) == 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	return fd;
}

static void say(int fd, const char *text)
{
	must(send(fd, text, strlen(text), MSG_NOSIGNAL) == (ssize_t)strlen(text));
}

/* Everything up to the end of the connection. */
static const char *talk(struct web *w, const char *request)
{
	static char got[8192];
	int fd = web_connect(w);
	size_t n = 0;
	ssize_t more;

	say(fd, request);
	while ((more = recv(fd, got + n, sizeof got - 1 - n, 0)) > 0)
		n += (size_t)more;
	got[n] = 0;
	close(fd);
	return got;
}

#define ASK(line, headers) line " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" headers "\r\n"

TEST(http_serves_files_and_refuses_the_rest)
{
	static const struct {
		const char *request, *line, *header, *body;
	} cases[] = {
		{ ASK("GET /sub/boot.ipxe", ""), "200 OK", "Content-Type: text/plain\r\n", "#!ipxe\n" },
		{ ASK("GET /sub%2fboot%2eipxe?x=1", ""), "200 OK", "Content-Length: 7\r\n", "#!ipxe\n" },
		{ ASK("GET //sub/./boot.ipxe", ""), "200 OK", "Accept-Ranges: bytes\r\n", "#!ipxe\n" },
		{ ASK("HEAD /f", ""), "200 OK", "Content-Length: 100\r\n", "" },
		{ ASK("GET /empty", ""), "200 OK", "Content-Length: 0\r\n", "" },
		{ ASK("GET /f", "Range: bytes=8-11\r\n"), "206 Partial Content",
		  "Content-Range: bytes 8-11/100\r\n", "8901" },
		{ ASK("GET /f", "Range: bytes=-3\r\n"), "206 Partial Content",
		  "Content-Length: 3\r\n", "789" },
		{ ASK("GET /f", "Range: bytes=100-\r\n"), "416 ", "Content-Range: bytes */100\r\n",
		  "The file has no such part.\n" },
		{ ASK("GET /f", "If-Modified-Since: " OLD "\r\n"), "304 Not Modified",
		  "Last-Modified: " OLD "\r\n", "" },
		{ ASK("GET /nowhere", ""), "404 Not Found", "Content-Type: text/plain\r\n",
		  "There is no such file here.\n" },
		{ ASK("GET /sub", ""), "404 Not Found", "", "There is no such file here.\n" },
		{ ASK("GET /", ""), "404 Not Found", "", "There is no such file here.\n" },
		{ ASK("GET /../secret", ""), "403 Forbidden", "", "This file may not be fetched.\n" },
		{ ASK("GET /%2e%2e%2fsecret", ""), "403 Forbidden", "", "This file may not be fetched.\n" },
		{ ASK("GET /f%00", ""), "403 Forbidden", "", "This file may not be fetched.\n" },
		{ ASK("GET /f%0a", ""), "403 Forbidden", "", "This file may not be fetched.\n" },
		{ ASK("GET /%zz", ""), "400 Bad Request", "", "The path does not parse.\n" },
		{ ASK("DELETE /f", ""), "405 ", "Allow: GET, HEAD\r\n",
		  "Files can only be fetched here: GET or HEAD.\n" },
		{ ASK("POST /f", "Content-Length: 3\r\n") , "405 ", "Allow: GET, HEAD\r\n",
		  "Files can only be fetched here: GET or HEAD.\n" },
	};
	struct web w;

	web_open(&w, 2);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const char *got = talk(&w, cases[i].request);
		const char *body = strstr(got, "\r\n\r\n");

		CHECK(strncmp(got, "HTTP/1.1 ", 9) == 0);
		CHECK(strstr(got, cases[i].line) == got + 9);
		CHECK(strstr(got, cases[i].header) != NULL);
		CHECK_TEXT(body ? body + 4 : "(none)", cases[i].body);
	}
	CHECK_EQ(w.counters.value[COUNTER_HTTP_REQUESTS], COUNT_OF(cases));
	web_close(&w);
}

TEST(one_connection_carries_many_requests)
{
	static const char ask[] = "GET /sub/boot.ipxe HTTP/1.1\r\nHost: x\r\n\r\n";
	struct web w;
	char got[4096];
	int fd;

	web_open(&w, 1);
	fd = web_connect(&w);
	for (unsigned i = 0; i < 20; i++) {
		size_t n = 0;

		say(fd, ask);
		while (n < 7 || memcmp(got + n - 7, "#!ipxe\n", 7) != 0) {
			ssize_t more = recv(fd, got + n, sizeof got - n, 0);

			if (more <= 0)
				break;
			n += (size_t)more;
		}
		CHECK(n > 20 && memcmp(got, "HTTP/1.1 200 OK", 15) == 0);
	}
	close(fd);
	web_close(&w);
}

TEST(http_events_tell_what_became_of_each_request)
{
	struct web w;
	int fd;

	web_open(&w, 1);
	talk(&w, ASK("GET /f", ""));
	wait_said(&w, "sent /f 200 100");
	talk(&w, ASK("GET /f", "Range: bytes=0-9\r\n"));
	wait_said(&w, "sent /f 206 10");
	talk(&w, ASK("GET /nowhere", ""));
	wait_said(&w, "not found /nowhere 404 0");
	talk(&w, ASK("GET /../x", ""));
	wait_said(&w, "error /../x 403 0");
	talk(&w, ASK("PUT /f", ""));
	wait_said(&w, "error /f 405 0");

	put_file(&w, "large", "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", 1 << 18);
	fd = web_connect(&w);
	say(fd, ASK("GET /large", ""));
	CHECK(recv(fd, (char[16]){ 0 }, 16, 0) == 16);
	shutdown(fd, SHUT_RDWR);
	close(fd);			/* with most of it unread: the kernel resets */
	wait_said(&w, "failed /large 200 0");
	web_close(&w);
}

TEST(http_answers_only_where_it_is_served)
{
	struct if_name lo = { .name = "lo" }, other = { .name = "eth0" };
	struct boot_root elsewhere = { .path = "/nonexistent", .interface = "eth0" };
	struct web w;

	web_open(&w, 1);
	w.lan.except = &lo;
	must(http_files_configure(w.http_files, &w.boot, &w.lan) == ST_OK);
	CHECK_TEXT(talk(&w, ASK("GET /f", "")), "");
	w.lan.except = &other;
	must(http_files_configure(w.http_files, &w.boot, &w.lan) == ST_OK);
	CHECK(strstr(talk(&w, ASK("GET /f", "")), "200 OK") != NULL);
	w.boot.http_roots = &elsewhere;		/* no root for this interface */
	must(http_files_configure(w.http_files, &w.boot, &w.lan) == ST_OK);
	CHECK_TEXT(talk(&w, ASK("GET /f", "")), "");
	web_close(&w);
}

TEST(http_serves_each_interface_from_its_own_root)
{
	struct boot_root special = { .interface = "eth0" };
	struct endpoint general;
	struct web w;
	char path[64];

	web_open(&w, 1);
	snprintf(path, sizeof path, "%s/sub", w.dir);
	special.path = path;
	special.next = &w.root;
	w.boot.http_roots = &special;
	sim_netif_add(w.loop, "eth0", "127.0.0.2/8", "02:00:00:00:00:01");
	must(http_files_configure(w.http_files, &w.boot, &w.lan) == ST_OK);
	general = w.at;
	must(http_listen(w.http, listen_on(INADDR_LOOPBACK + 1, &w.at)) == ST_OK);
	CHECK(strstr(talk(&w, ASK("GET /boot.ipxe", "")), "200 OK") != NULL);
	CHECK(strstr(talk(&w, ASK("GET /sub/boot.ipxe", "")), "404 ") != NULL);
	http_unlisten(w.http, &w.at);
	w.at = general;
	CHECK(strstr(talk(&w, ASK("GET /boot.ipxe", "")), "404 ") != NULL);
	CHECK(strstr(talk(&w, ASK("GET /sub/boot.ipxe", "")), "200 OK") != NULL);
	web_close(&w);
}

TEST(http_follows_addresses_that_come_and_go)
{
	struct web w;

	web_open(&w, 1);
	sim_netif_remove(w.loop, 1);
	sim_run_for(w.loop, 1);
	CHECK_TEXT(talk(&w, ASK("GET /f", "")), "");
	sim_netif_add(w.loop, "lo", "127.0.0.1/8", NULL);
	sim_run_for(w.loop, 1);
	CHECK(strstr(talk(&w, ASK("GET /f", "")), "200 OK") != NULL);
	web_close(&w);
}

TEST(silent_and_malformed_connections_hold_up_nobody)
{
	static const char *const junk[] = {
		"\r\n\r\n", "GET\r\n\r\n", "\x01\x02\x03\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET /f",
	};
	struct web w;
	int silent[150], noisy[COUNT_OF(junk)];

	web_open(&w, 2);
	for (size_t i = 0; i < COUNT_OF(silent); i++)
		silent[i] = web_connect(&w);
	for (size_t i = 0; i < COUNT_OF(junk); i++) {
		noisy[i] = web_connect(&w);
		say(noisy[i], junk[i]);
	}
	CHECK(strstr(talk(&w, ASK("GET /f", "")), "200 OK") != NULL);
	for (size_t i = 0; i < COUNT_OF(silent); i++)
		close(silent[i]);
	for (size_t i = 0; i < COUNT_OF(junk); i++)
		close(noisy[i]);
	web_close(&w);
}

TEST(http_stops_in_the_middle_of_an_answer)
{
	struct web w;
	int fd;

	web_open(&w, 2);
	put_file(&w, "large", "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", 1 << 18);
	fd = web_connect(&w);
	say(fd, ASK("GET /large", ""));
	CHECK(recv(fd, (char[16]){ 0 }, 16, 0) == 16);
	web_close(&w);
	close(fd);
}
#endif
