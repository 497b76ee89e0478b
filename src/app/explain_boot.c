/* SPDX-License-Identifier: ISC */
/*
 * The boot file that a client is told, and the file that it would get: looked for
 * as TFTP and HTTP do, and as the user that the server would be.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

#include "app/explain_private.h"
#include "base/must.h"
#include "base/text.h"
#include "boot/tftp_place.h"

enum { TFTP_PORT = 69 };

/* ---- what the client is told ------------------------------------------------------------------ */

static const struct explain_option *find(const struct explained *e, uint8_t code)
{
	for (size_t i = 0; i < e->options; i++)
		if (e->option[i].code == code && !e->option[i].inside && !e->option[i].left_out)
			return &e->option[i];
	return NULL;
}

static void add_name(struct text *t, struct span name)
{
	text_safe(t, span_of(name.p, strnlen((const char *)name.p, name.n)));
}

/* The header's field first: that is where boot loaders look. */
static void read_file(struct explained *e)
{
	const struct dhcp_verdict *v = &e->r->verdict;
	const struct explain_option *o = find(e, DHCP4_BOOT_FILE);
	struct text t = TEXT(e->boot.file);

	if (v->file.n) {
		add_name(&t, v->file);
		e->boot.file_why.origin = v->file_origin;
	} else if (o && o->value.n) {
		add_name(&t, o->value);
		e->boot.file_why = o->why;
	}
}

static void read_server(struct explained *e)
{
	const struct dhcp_verdict *v = &e->r->verdict;
	const struct explain_option *o = find(e, DHCP4_SERVER_NAME);
	struct span name = v->sname.n ? v->sname : o ? o->value : span_text("");
	struct text t = TEXT(e->boot.server);

	text_add(&t, addr_text(&v->next_server).s);
	if (name.n) {
		text_add(&t, " (");
		add_name(&t, name);
		text_add(&t, ")");
	}
	e->boot.server_why.origin = v->next_origin;
	if (!v->next_origin)
		e->boot.server_why.words = "this server; " EXPLAIN_ITSELF;
}

/* ---- which service, and which name there ---------------------------------------------------------- */

struct url {
	bool http;
	struct addr host;		/* unset: a name */
	uint16_t port;
	const char *path;
};

static bool read_url(const char *file, struct url *out)
{
	static const struct { const char *scheme; bool http; uint16_t port; } schemes[] = {
		{ "http://", true, 80 }, { "tftp://", false, TFTP_PORT },
	};

	for (size_t i = 0; i < COUNT_OF(schemes); i++) {
		size_t n = strlen(schemes[i].scheme), host;
		char word[64];

		if (strncasecmp(file, schemes[i].scheme, n) != 0)
			continue;
		*out = (struct url){ .http = schemes[i].http, .port = schemes[i].port };
		file += n;
		host = strcspn(file, ":/");
		snprintf(word, sizeof word, "%.*s", (int)host, file);
		addr_parse(word, &out->host);
		if (file[host] == ':')
			out->port = (uint16_t)strtoul(file + host + 1, NULL, 10);
		out->path = file + strcspn(file, "/");
		return true;
	}
	return false;
}

static bool is_ours(const struct explained *e, const struct addr *a)
{
	return dhcp_request_is_ours(&e->r->request, a) || loop_netif_having(e->stage->loop, a);
}

/* ---- looking ------------------------------------------------------------------------------------------ */

static void look_by_tftp(struct explained *e, const char *name, struct files_found *found)
{
	const struct boot_conf *b = e->stage->g->boot;
	struct tftp_client client = { e->r->verdict.addr, e->r->request.hw };
	struct tftp_place p = tftp_place_of(b, e->stage->files, e->stage->netif->name, &client);
	struct files_name clean;

	e->boot.root = p.by ? &p.by->origin : NULL;
	files_path(p.path, "", *name == '/' ? name + 1 : name, e->boot.path, sizeof e->boot.path);
	e->boot.result = tftp_place_clean(b, &p, span_text(name), &clean);
	if (e->boot.result != FILES_OK)
		return;
	files_path(p.path, "", clean.s, e->boot.path, sizeof e->boot.path);
	e->boot.result = tftp_place_open(b, e->stage->files, &p, &clean, found);
}

static void look_by_http(struct explained *e, const char *name, struct files_found *found)
{
	const struct boot_conf *b = e->stage->g->boot;
	const struct boot_root *root = boot_root_for(b->http_roots, e->stage->netif->name);
	enum files_rule rule = b->symlinks == TFTP_SYMLINKS_INSIDE ? FILES_INSIDE : FILES_ANY;
	struct files_name clean;

	e->boot.root = &root->origin;
	files_path(root->path, "", *name == '/' ? name + 1 : name, e->boot.path, sizeof e->boot.path);
	e->boot.result = files_clean(span_text(name), FILES_PLAIN, NULL, &clean);
	if (e->boot.result == FILES_OK)
		e->boot.result = files_open(e->stage->files, root->path, "", &clean, rule, found);
}

static void read_head(struct explained *e, int fd)
{
	uint8_t *head = malloc(IMAGE_HEAD);
	ssize_t n;

	must(head);
	n = read(fd, head, IMAGE_HEAD);
	e->boot.image = image_of(span_of(head, n > 0 ? (size_t)n : 0));
	free(head);
}

/* As the server's user, where we may become that. */
static void look(struct explained *e, const char *name,
		 void (*by)(struct explained *e, const char *name, struct files_found *found))
{
	struct files_found found = { .fd = -1, .error = EACCES };
	uid_t uid = geteuid();
	gid_t gid = getegid();
	bool other = uid == 0 && e->stage->run_as != 0;

	e->boot.place = EXPLAIN_LOOKED;
	if (other)
		must(setegid(e->stage->run_as_group) == 0 && seteuid(e->stage->run_as) == 0);
	by(e, name, &found);
	if (other)
		must(seteuid(uid) == 0 && setegid(gid) == 0);
	e->boot.error = found.error;
	if (e->boot.result != FILES_OK)
		return;
	e->boot.size = found.size;
	read_head(e, found.fd);
	close(found.fd);
	e->boot.trouble = image_trouble(&e->boot.image, e->r->request.arch, e->r->request.ipxe);
}

/* ---- the whole --------------------------------------------------------------------------------------------- */

static bool serves_tftp(const struct explained *e)
{
	const struct explain_stage *s = e->stage;

	return s->g->boot->tftp && boot_serves_tftp(s->g->boot, s->g->lan, s->netif, NULL);
}

static bool serves_http(const struct explained *e, uint16_t port)
{
	const struct explain_stage *s = e->stage;

	return boot_root_for(s->g->boot->http_roots, s->netif->name) &&
	       lan_serves(s->g->lan, s->netif, NULL) && port == s->g->boot->http_port;
}

static void find_file(struct explained *e)
{
	const struct addr *next = &e->r->verdict.next_server;
	struct url u = { .host = *next, .port = TFTP_PORT, .path = e->boot.file };
	bool is_url = read_url(e->boot.file, &u);

	e->boot.by = u.http ? "HTTP" : "TFTP";
	if (strstr(e->boot.file, "${"))
		e->boot.place = EXPLAIN_VARIABLE;
	else if ((!is_url && strstr(e->boot.file, "://")) || !is_ours(e, &u.host))
		e->boot.place = EXPLAIN_ELSEWHERE;
	else if (u.http ? !serves_http(e, u.port) : !serves_tftp(e) || u.port != TFTP_PORT)
		e->boot.place = EXPLAIN_UNSERVED;
	else
		look(e, u.path, u.http ? look_by_http : look_by_tftp);
}

void explain_boot_file(struct explained *e)
{
	if (!e->r->verdict.outs)
		return;
	read_server(e);
	read_file(e);
	if (e->boot.file[0])
		find_file(e);
}
