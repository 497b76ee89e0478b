/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/must.h"
#include "base/text.h"
#include "boot/http_files.h"
#include "http/parts.h"
#include "lan/serve.h"

#define IDLE_S 60
#define SITE_ROOT_MAX 1024

/* A local address that is served, and what is served there. */
struct site {
	struct addr addr;
	unsigned ifindex;
	char root[SITE_ROOT_MAX];
};

struct sites {
	bool inside;			/* tftp-symlinks=inside */
	size_t n;
	struct site site[];
};

struct http_files {
	struct loop *loop;
	struct files *files;
	struct events *events;
	struct counters *counters;
	const struct boot_conf *boot;
	const struct lan_conf *lan;
	struct netif_watch watch;
	pthread_mutex_t lock;
	struct sites *sites;		/* under the lock */
};

/* ---- deciding -------------------------------------------------------------------- */

const char *http_type_of(const char *name)
{
	static const struct { const char *end, *type; } types[] = {
		{ ".ipxe", "text/plain" },      { ".cfg",  "text/plain" },
		{ ".txt",  "text/plain" },      { ".conf", "text/plain" },
		{ ".ks",   "text/plain" },      { ".sh",   "text/plain" },
		{ ".html", "text/html" },       { ".json", "application/json" },
		{ ".xml",  "application/xml" }, { ".yaml", "application/yaml" },
		{ ".efi",  "application/efi" },			/* these three: UEFI 2.10, 24.7 */
		{ ".iso",  "application/vnd.efi-iso" },
		{ ".img",  "application/vnd.efi-img" },
	};
	size_t n = strlen(name);

	for (size_t i = 0; i < COUNT_OF(types); i++) {
		size_t m = strlen(types[i].end);

		if (n > m && text_same(name + n - m, types[i].end))
			return types[i].type;
	}
	return "application/octet-stream";
}

static bool is_get_or_head(const char *method)
{
	return strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
}

static const struct { enum files_result result; unsigned status; } statuses[] = {
	[FILES_OK]         = { FILES_OK,         0   },
	[FILES_MISSING]    = { FILES_MISSING,    404 },
	[FILES_FORBIDDEN]  = { FILES_FORBIDDEN,  403 },
	[FILES_NOT_A_FILE] = { FILES_NOT_A_FILE, 404 },
	[FILES_FAILED]     = { FILES_FAILED,     503 },
};

unsigned http_refusal(const char *method, enum files_result name)
{
	return is_get_or_head(method) ? statuses[name].status : 405;
}

/* A sentence for a person; a stranger's name does not come back in it. */
static const char *sentence_of(unsigned status)
{
	static const struct { unsigned status; const char *text; } sentences[] = {
		{ 400, "The path does not parse.\n"                           },
		{ 403, "This file may not be fetched.\n"                      },
		{ 404, "There is no such file here.\n"                        },
		{ 405, "Files can only be fetched here: GET or HEAD.\n"       },
		{ 416, "The file has no such part.\n"                         },
		{ 503, "The file cannot be read now; try again.\n"            },
	};

	for (size_t i = 0; i < COUNT_OF(sentences); i++)
		if (sentences[i].status == status)
			return sentences[i].text;
	return NULL;
}

static struct http_answer refuse(unsigned status)
{
	return (struct http_answer){ .status = status, .type = "text/plain", .fd = -1,
				     .body = sentence_of(status) };
}

/* A condition that we cannot read is as if it had not been made. */
static bool is_unchanged(const struct http_request *r, const struct files_found *f)
{
	int64_t since_s;

	return http_date_read(r->if_modified_since, &since_s) && f->mtime_s <= since_s;
}

/* If-Range: the part only of the file that the client knows (RFC 9110 13.1.5). */
static bool is_range_of_this(const struct http_request *r, const struct files_found *f)
{
	int64_t known_s;

	return !r->if_range || (http_date_read(r->if_range, &known_s) && known_s == f->mtime_s);
}

struct http_answer http_decide(const struct http_request *r, enum files_result result,
			       const struct files_found *found, const char *type)
{
	unsigned refusal = http_refusal(r->method, result);
	uint64_t first, last;
	struct http_answer a;

	if (refusal)
		return refuse(refusal);
	a = (struct http_answer){
		.status = 200, .type = type, .fd = found->fd, .length = found->size,
		.size = found->size, .ranges = true, .has_mtime = true, .mtime_s = found->mtime_s,
	};
	if (!r->range && is_unchanged(r, found)) {
		a.status = 304;
		a.length = 0;
		return a;
	}
	/* Only GET has ranges (RFC 9110 14.2). */
	if (strcmp(r->method, "GET") != 0 || !is_range_of_this(r, found))
		return a;

	enum http_range range = http_range_read(r->range, found->size, &first, &last);

	if (range == HTTP_RANGE_PART) {
		a.status = 206;
		a.offset = first;
		a.length = last - first + 1;
	} else if (range == HTTP_RANGE_OUTSIDE) {
		a = refuse(416);
		a.fd = found->fd;
		a.size = found->size;
	}
	return a;
}

/* ---- answering ---------------------------------------------------------------------- */

/* The root of the address that was asked; false: HTTP is not served there. */
static bool site_find(struct http_files *h, const struct http_request *r, char *out,
		      enum files_rule *out_rule)
{
	bool found = false;

	pthread_mutex_lock(&h->lock);
	for (size_t i = 0; h->sites && i < h->sites->n && !found; i++) {
		const struct site *s = &h->sites->site[i];

		found = addr_eq(&s->addr, &r->to.addr) &&
			(!r->ifindex || r->ifindex == s->ifindex);
		if (found) {
			strcpy(out, s->root);
			*out_rule = h->sites->inside ? FILES_INSIDE : FILES_ANY;
		}
	}
	pthread_mutex_unlock(&h->lock);
	return found;
}

/* The file for a path; *out_path is how we call it. */
static enum files_result find_file(struct http_files *h, const char *root, enum files_rule rule,
				   struct span asked, struct files_found *found, struct text *out_path)
{
	struct files_name name;
	enum files_result r = files_clean(asked, FILES_PLAIN, NULL, &name);

	if (r != FILES_OK)
		return r;
	files_path(root, "", name.s, out_path->s, out_path->size);
	r = files_open(h->files, root, "", &name, rule, found);
	return r == FILES_FAILED && found->error == ENAMETOOLONG ? FILES_MISSING : r;
}

/* What was opened for an answer that does not send it is closed here. */
static void keep_or_close(struct http_answer *a)
{
	if (a->fd < 0 || (a->length && !a->body))
		return;
	close(a->fd);
	a->fd = -1;
}

static struct http_answer answer_of(struct http_files *h, const struct http_request *r,
				    const char *root, enum files_rule rule)
{
	struct files_found found = { .fd = -1 };
	char name[HTTP_NAME_MAX], decoded[2 * FILES_NAME_MAX];
	struct text path = TEXT(name);
	struct http_answer a;
	enum files_result result;
	size_t n;

	text_add(&path, root);
	text_add(&path, r->path);	/* until we know better */
	if (!http_path_decode(r->path, decoded, sizeof decoded, &n)) {
		a = refuse(400);
	} else if (!is_get_or_head(r->method)) {
		a = refuse(405);
	} else {
		result = find_file(h, root, rule, span_of(decoded, n), &found, &path);
		a = http_decide(r, result, &found, http_type_of(name));
		keep_or_close(&a);
	}
	strcpy(a.name, name);
	return a;
}

static void answer(void *arg, const struct http_request *r, struct http_answer *out)
{
	struct http_files *h = arg;
	enum files_rule rule;
	char root[SITE_ROOT_MAX];

	counter_add(h->counters, COUNTER_HTTP_REQUESTS);
	if (site_find(h, r, root, &rule)) {
		*out = answer_of(h, r, root, rule);
		return;
	}
	counter_add(h->counters, COUNTER_HTTP_REFUSED);
	out->drop = true;
}

/* ---- telling ------------------------------------------------------------------------- */

static struct now now(void)
{
	struct timespec mono, wall;

	clock_gettime(CLOCK_MONOTONIC, &mono);
	clock_gettime(CLOCK_REALTIME, &wall);
	return (struct now){ mono.tv_sec * 1000 + mono.tv_nsec / 1000000, wall.tv_sec };
}

static enum event_kind kind_of(const struct http_done *d)
{
	if (d->answer->status == 404)
		return EVENT_HTTP_NOT_FOUND;
	if (d->answer->status >= 400)
		return EVENT_HTTP_ERROR;
	return d->complete ? EVENT_HTTP_SENT : EVENT_HTTP_FAILED;
}

/* Nothing is told of a HEAD and of "not modified": no file was sent. */
static void done(void *arg, const struct http_done *d)
{
	struct http_files *h = arg;
	unsigned status = d->answer->status;
	bool get = strcmp(d->method, "HEAD") != 0 && status != 304;
	const char *sentence = sentence_of(status);
	char text[64];
	struct text t = TEXT(text);

	counter_add(h->counters, status < 400 ? COUNTER_HTTP_SENT : COUNTER_HTTP_REFUSED);
	if (!events_wanted(h->events) || (status < 400 && !get))
		return;
	text_addn(&t, sentence, sentence ? strlen(sentence) - 1 : 0);
	events_publish(h->events, &(struct event){
		.kind = kind_of(d), .at = now(), .addr = d->from.addr, .name = d->answer->name,
		.text = text, .bytes = d->complete ? d->answer->length : 0,
		.status = (uint16_t)status });
}

/* ---- the table of sites ----------------------------------------------------------------- */

static size_t addrs_count(const struct netif *n, size_t ifs)
{
	size_t count = 0;

	for (size_t i = 0; i < ifs; i++)
		count += n[i].addrs;
	return count;
}

static void add_sites(struct sites *s, const struct http_files *h, const struct netif *n)
{
	const struct boot_root *root = boot_root_for(h->boot->http_roots, n->name);

	if (!root || strlen(root->path) >= SITE_ROOT_MAX)
		return;
	for (size_t i = 0; i < n->addrs; i++) {
		struct site *site = &s->site[s->n];

		if (!lan_serves(h->lan, n, &n->addr[i].addr))
			continue;
		site->addr = n->addr[i].addr;
		site->ifindex = n->index;
		strcpy(site->root, root->path);
		s->n++;
	}
}

static enum status sites_lay_out(struct http_files *h)
{
	const struct netif *n;
	size_t ifs = loop_netifs(h->loop, &n);
	struct sites *s = calloc(1, sizeof *s + addrs_count(n, ifs) * sizeof s->site[0]);
	struct sites *old;

	if (!s)
		return ST_FULL;
	s->inside = h->boot->symlinks == TFTP_SYMLINKS_INSIDE;
	for (size_t i = 0; i < ifs; i++)
		add_sites(s, h, &n[i]);
	pthread_mutex_lock(&h->lock);
	old = h->sites;
	h->sites = s;
	pthread_mutex_unlock(&h->lock);
	free(old);
	return ST_OK;
}

static void addresses_changed(struct netif_watch *w)
{
	struct http_files *h = container_of(w, struct http_files, watch);

	if (h->boot && sites_lay_out(h) != ST_OK)
		return;			/* no memory: as before until the next change */
}

enum status http_files_configure(struct http_files *h, const struct boot_conf *b,
				 const struct lan_conf *lan)
{
	const struct boot_conf *old_boot = h->boot;
	const struct lan_conf *old_lan = h->lan;
	enum status s;

	h->boot = b;
	h->lan = lan;
	s = sites_lay_out(h);
	if (s != ST_OK) {
		h->boot = old_boot;
		h->lan = old_lan;
	}
	return s;
}

/* ---- life ---------------------------------------------------------------------------------- */

struct http_files *http_files_new(struct loop *control, struct files *files, struct events *e,
				  struct counters *c)
{
	struct http_files *h = calloc(1, sizeof *h);

	if (!h)
		return NULL;
	h->loop = control;
	h->files = files;
	h->events = e;
	h->counters = c;
	h->watch.changed = addresses_changed;
	pthread_mutex_init(&h->lock, NULL);
	netif_watch_start(control, &h->watch);
	return h;
}

void http_files_free(struct http_files *h)
{
	if (!h)
		return;
	netif_watch_stop(h->loop, &h->watch);
	pthread_mutex_destroy(&h->lock);
	free(h->sites);
	free(h);
}

struct http_want http_files_want(struct http_files *h, unsigned threads, unsigned connections)
{
	return (struct http_want){ .threads = threads, .connections = connections,
				   .idle_s = IDLE_S, .answer = answer, .done = done, .arg = h };
}
