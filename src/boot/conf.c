/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/must.h"
#include "base/text.h"
#include "boot/conf.h"
#include "conf/args.h"

static struct if_name *if_name_new(struct args *a, const char *text)
{
	struct if_name *n = arena_new(args_arena(a), struct if_name);
	size_t length = strlen(text);

	n->origin = args_origin(a);
	n->prefix = text[length - 1] == '*';
	n->name = n->prefix ? arena_textn(args_arena(a), text, length - 1) : text;
	return n;
}

/* enable-tftp[=<interface>,…]; a later bare one does not take a list back. */
static bool take_enable_tftp(struct args *a, void *section)
{
	struct boot_conf *b = section;
	struct if_name **at = &b->tftp_interfaces;
	const char *name;

	b->tftp = true;
	while (*at)
		at = &(*at)->next;
	while (args_text(a, &name, "the name of an interface")) {
		*at = if_name_new(a, name);
		at = &(*at)->next;
	}
	return true;
}

/* "tftp-root=" is the root of the machine, as in dnsmasq. */
static bool take_empty(struct args *a, const char **out)
{
	const struct word *w = args_peek(a);

	if (!w || *w->s)
		return false;
	args_take(a);
	*out = "/";
	return true;
}

/* <directory>[,<interface>] */
static bool take_root(struct args *a, struct boot_root **list)
{
	struct boot_root *r = arena_new(args_arena(a), struct boot_root);

	while (*list)
		list = &(*list)->next;
	r->origin = args_origin(a);
	if (!take_empty(a, &r->path) && !args_text(a, &r->path, "a directory"))
		return false;
	args_text(a, &r->interface, "the name of an interface");
	*list = r;
	return true;
}

static bool take_tftp_root(struct args *a, void *section)
{
	return take_root(a, &((struct boot_conf *)section)->tftp_roots);
}

static bool has_http(struct args *a)
{
	return HAVE_HTTP || args_error(a, "%s needs a build with libmicrohttpd; remove the line",
				       args_option(a));
}

static bool take_http_root(struct args *a, void *section)
{
	return has_http(a) && take_root(a, &((struct boot_conf *)section)->http_roots);
}

static bool take_http_port(struct args *a, void *section)
{
	uint64_t port;

	if (!has_http(a) || !args_uint(a, 1, 65535, &port, "a port"))
		return false;
	((struct boot_conf *)section)->http_port = (uint32_t)port;
	return true;
}

/* One of a list of names, in any case of letters, as dnsmasq has it here. */
static bool take_word(struct args *a, const char *const *names, unsigned *out)
{
	const struct word *w = args_peek(a);

	for (unsigned i = 0; w && names[i]; i++)
		if (text_same(w->s, names[i])) {
			args_take(a);
			*out = i;
			return true;
		}
	return args_name_of(a, names, out);	/* for its remedy text */
}

static bool take_unique_root(struct args *a, void *section)
{
	static const char *const names[] = { "ip", "mac", NULL };
	struct boot_conf *b = section;
	unsigned which = 0;

	if (args_more(a) && !take_word(a, names, &which))
		return false;
	b->unique = which ? TFTP_UNIQUE_MAC : TFTP_UNIQUE_IP;
	return true;
}

static bool take_symlinks(struct args *a, void *section)
{
	static const char *const names[] = {
		[TFTP_SYMLINKS_FOLLOW] = "follow", [TFTP_SYMLINKS_INSIDE] = "inside", NULL,
	};
	unsigned which;

	if (!take_word(a, names, &which))
		return false;
	((struct boot_conf *)section)->symlinks = which;
	return true;
}

/* <start>,<end>; in either order, as dnsmasq takes them. */
static bool take_port_range(struct args *a, void *section)
{
	struct boot_conf *b = section;
	uint64_t first, last;

	if (!args_uint(a, 1, 65535, &first, "the first port") ||
	    !args_uint(a, 1, 65535, &last, "the last port"))
		return false;
	b->port_first = (uint16_t)(first < last ? first : last);
	b->port_last = (uint16_t)(first < last ? last : first);
	return true;
}

#define BOOT(kind, member) ROW_##kind(struct boot_conf, member)

static const struct conf_row rows[] = {
	{ .name = "enable-tftp", .arity = CONF_MAY_VALUE, .group = GROUP_TFTP,
	  ROW_TAKE(take_enable_tftp), .syntax = "<interface>[,<interface>...]", .deflt = "off",
	  .help = "Serve files by TFTP, read only; with names, on those interfaces alone, else "
		  "where DHCP is served.", .example = "eth0,eth1" },
	{ .name = "tftp-root", .arity = CONF_MUST_VALUE, .group = GROUP_TFTP,
	  ROW_TAKE(take_tftp_root), .syntax = "<directory>[,<interface>]", .deflt = "/",
	  .help = "Where TFTP's files are, for all interfaces or for one.",
	  .example = "/srv/netboot,eth0" },
	{ .name = "tftp-unique-root", .arity = CONF_MAY_VALUE, .group = GROUP_TFTP,
	  ROW_TAKE(take_unique_root), .syntax = "ip|mac", .deflt = "off; ip when bare",
	  .help = "Serve each client from the directory below the root that has its address for a "
		  "name, where there is one.", .example = "mac" },
	{ .name = "tftp-secure", .group = GROUP_TFTP, BOOT(FLAG, secure), .deflt = "off",
	  .help = "Send only files that belong to the user the server runs as." },
	{ .name = "tftp-no-fail", .group = GROUP_TFTP, BOOT(FLAG, no_fail), .deflt = "off",
	  .help = "Start even where a TFTP root cannot be entered." },
	{ .name = "tftp-max", .arity = CONF_MUST_VALUE, .group = GROUP_TFTP, BOOT(COUNT, max),
	  .once = true, .max = 65535, .syntax = "<integer>", .deflt = "50", .clamp = true,
	  .help = "How many transfers may run at once; further requests wait.", .example = "200" },
	{ .name = "tftp-mtu", .arity = CONF_MUST_VALUE, .group = GROUP_TFTP, BOOT(COUNT, mtu),
	  .once = true, .syntax = "<integer>", .deflt = "the interface's",
	  .help = "Largest packet that the network between carries; bounds blksize.",
	  .example = "1280" },
	{ .name = "tftp-no-blocksize", .group = GROUP_TFTP, BOOT(FLAG, no_blocksize),
	  .deflt = "off", .help = "Never agree to a block size, for clients that ask and cannot." },
	{ .name = "tftp-lowercase", .group = GROUP_TFTP, BOOT(FLAG, lowercase), .deflt = "off",
	  .help = "Turn the names that clients ask for into lower case." },
	{ .name = "tftp-port-range", .arity = CONF_MUST_VALUE, .group = GROUP_TFTP, .once = true,
	  ROW_TAKE(take_port_range), .syntax = "<start>,<end>", .deflt = "the kernel's choice",
	  .help = "Ports that transfers use, one each.", .example = "40000,40999" },
	{ .name = "tftp-single-port", .group = GROUP_TFTP, BOOT(FLAG, single_port),
	  .deflt = "off", .help = "Transfer from port 69 itself, for clients behind NAT." },
	{ .name = "quiet-tftp", .group = GROUP_LOGGING, BOOT(FLAG, quiet), .deflt = "off",
	  .help = "Do not log requests for files that do not exist." },
	{ .name = "tftp-symlinks", .arity = CONF_MUST_VALUE, .group = GROUP_TFTP, .own = true,
	  ROW_TAKE(take_symlinks), .syntax = "follow|inside", .deflt = "follow",
	  .help = "With inside, links that lead out of the root (absolute ones too) are not "
		  "followed, by TFTP and HTTP.", .example = "inside" },
	{ .name = "tftp-no-timeout", .group = GROUP_TFTP, .own = true, BOOT(FLAG, no_timeout),
	  .deflt = "off",
	  .help = "Never agree to a client's timeout (RFC 2349), as dnsmasq 2.90 never does." },
	{ .name = "http-root", .arity = CONF_MUST_VALUE, .group = GROUP_HTTP, .own = true,
	  ROW_TAKE(take_http_root), .syntax = "<directory>[,<interface>]", .deflt = "no HTTP",
	  .help = "Serve the files of this directory by HTTP, on all interfaces or on one.",
	  .example = "/srv/netboot" },
	{ .name = "http-port", .arity = CONF_MUST_VALUE, .group = GROUP_HTTP, .own = true,
	  ROW_TAKE(take_http_port), .syntax = "<port>", .deflt = "80",
	  .help = "The port of HTTP.", .example = "8080" },
};

static void boot_conf_init(void *section)
{
	struct boot_conf *b = section;

	b->max = 50;
	b->http_port = 80;
}

const struct conf_section boot_section = {
	.name = "boot", .rows = rows, .n = COUNT_OF(rows), .size = sizeof(struct boot_conf),
	.init = boot_conf_init,
};

const struct boot_root *boot_root_for(const struct boot_root *roots, const char *interface)
{
	const struct boot_root *general = NULL;

	for (const struct boot_root *r = roots; r; r = r->next) {
		if (!r->interface)
			general = r;
		else if (interface && strcmp(r->interface, interface) == 0)
			return r;
	}
	return general;
}

uint32_t boot_tftp_max(const struct boot_conf *b)
{
	uint32_t ports = (uint32_t)(b->port_last - b->port_first) + 1;

	return b->port_first && !b->single_port && ports < b->max ? ports : b->max;
}

bool boot_serves_tftp(const struct boot_conf *b, const struct lan_conf *lan, const struct netif *n,
		      const struct addr *to)
{
	if (b->tftp_interfaces)
		return if_names_match(b->tftp_interfaces, n->name);
	return lan_serves(lan, n, to) && !if_names_match(lan->no_dhcp, n->name);
}

/* 0, or the errno that keeps us from looking up names below it. */
static int root_error(const char *path)
{
	int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int error = 0;

	if (fd < 0)
		return errno;
	if (faccessat(fd, ".", X_OK, AT_EACCESS) < 0)
		error = errno;
	close(fd);
	return error;
}

static bool roots_check(struct conf *c, const struct boot_root *roots, const char *service)
{
	bool good = true;

	for (const struct boot_root *r = roots; r; r = r->next) {
		int error = root_error(r->path);

		if (error)
			good = conf_file_error(c, &r->origin, "%s directory %s inaccessible: %s",
					       service, r->path, strerror(error));
	}
	return good;
}

bool boot_roots_check(struct conf *c, const struct boot_conf *b)
{
	bool tftp = !b->tftp || b->no_fail || roots_check(c, b->tftp_roots, "TFTP");
	bool http = b->no_fail || roots_check(c, b->http_roots, "HTTP");

	return tftp && http;
}
