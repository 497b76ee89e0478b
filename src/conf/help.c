/* SPDX-License-Identifier: ISC */
#include "base/must.h"
#include "base/text.h"
#include "conf/conf_private.h"
#include "conf/help.h"

#define HELP_COLUMN 51			/* of the sentence, after "-x, --" is written: dnsmasq's */

/* How an option is written, without its dashes: "port=<integer>", "pid-file[=<path>]". */
static struct text spelling(char *buffer, size_t size, const struct conf_row *row)
{
	static const struct { const char *before, *after; } form[] = {
		[CONF_MAY_VALUE] = { "[=", "]" }, [CONF_MUST_VALUE] = { "=", "" },
	};
	struct text t = text_of(buffer, size);

	text_add(&t, row->name);
	if (row->arity != CONF_NO_VALUE) {
		text_add(&t, form[row->arity].before);
		text_add(&t, row->syntax ? row->syntax : "<value>");
		text_add(&t, form[row->arity].after);
	}
	return t;
}

/* Characters, not bytes: the syntax has … in it. */
static int width(const char *s)
{
	int n = 0;

	for (; *s; s++)
		n += (*s & 0xc0) != 0x80;
	return n;
}

static void print_option(FILE *to, const struct conf_option *option)
{
	const struct conf_row *row = option->means->row;
	char name[200], flag[5] = "    ";
	struct text t = spelling(name, sizeof name, row);
	int pad;

	if (option->row->kind == CONF_ALIAS)
		return;
	if (row->flag)
		snprintf(flag, sizeof flag, "-%c, ", row->flag);
	pad = HELP_COLUMN - 2 - width(t.s);
	fprintf(to, "%s--%s%*s%s", flag, t.s, pad > 1 ? pad : 1, "", row->help);
	if (row->deflt)
		fprintf(to, " (defaults to %s)", row->deflt);
	if (row->service == CONF_NOT_SERVED)
		fprintf(to, " Not served yet.");
	fprintf(to, "\n");
}

void conf_print_help(FILE *to, const struct conf *c, const char *program)
{
	fprintf(to, "Usage: %s [options]\n\nValid options are:\n", program);
	for (size_t i = 0; i < c->index.n; i++)
		print_option(to, &c->index.options[i]);
}

static const char *const group_names[] = {
	[GROUP_DNS_UPSTREAM] = "DNS: upstream servers", [GROUP_DNS_CACHE] = "DNS: cache",
	[GROUP_DNS_LOCAL] = "DNS: local data", [GROUP_DNS_FILTER] = "DNS: filters",
	[GROUP_DNSSEC] = "DNSSEC", [GROUP_DNS_AUTH] = "DNS: authoritative zones",
	[GROUP_DNS_MISC] = "DNS: other", [GROUP_DHCP_RANGE] = "DHCP: ranges",
	[GROUP_DHCP_HOST] = "DHCP: hosts", [GROUP_DHCP_OPTION] = "DHCP: options",
	[GROUP_DHCP_TAGS] = "DHCP: tags", [GROUP_DHCP] = "DHCP: behaviour",
	[GROUP_DHCP_LEASE] = "DHCP: leases", [GROUP_DHCP6] = "DHCPv6",
	[GROUP_RA] = "Router advertisement", [GROUP_PXE] = "Network boot", [GROUP_TFTP] = "TFTP",
	[GROUP_HTTP] = "HTTP", [GROUP_PROCESS] = "Process", [GROUP_LOGGING] = "Logging",
	[GROUP_INTERFACES] = "Interfaces", [GROUP_SETS] = "Sets and marks of the kernel",
	[GROUP_BUS] = "Message buses", [GROUP_SCRIPT] = "Scripts",
};

static const char *const service_names[] = {
	[CONF_SERVED] = "served", [CONF_NOT_SERVED] = "not yet", [CONF_QUALIFIES] = "form only",
};

struct counts { unsigned of[COUNT_OF(service_names)], own; };

/* An alias counts: it is one of dnsmasq's options too. */
static struct counts count(const struct conf *c)
{
	struct counts n = { 0 };

	for (size_t i = 0; i < c->index.n; i++) {
		const struct conf_option *option = &c->index.options[i];

		if (option->row->own)
			n.own++;
		else
			n.of[option->means->row->service]++;
	}
	return n;
}

/* A cell of a table: the bar would end it, and < would begin a tag. */
static void print_cell(FILE *to, const char *s)
{
	for (; *s; s++) {
		if (*s == '|')
			fputs("\\|", to);
		else if (*s == '<')
			fputs("&lt;", to);
		else
			fputc(*s, to);
	}
}

static void print_row(FILE *to, const struct conf_option *option)
{
	const struct conf_row *row = option->means->row;
	char name[200];
	struct text t = spelling(name, sizeof name, row);

	if (option->row->kind == CONF_ALIAS) {
		fprintf(to, "| %s |  | %s | Another spelling of %s. |\n", option->row->name,
			service_names[row->service], row->name);
		return;
	}
	fputs("| ", to);
	print_cell(to, t.s);
	fprintf(to, " | %s%.1s | ", row->flag ? "-" : "", row->flag ? &row->flag : "");
	fprintf(to, "%s%s | ", service_names[row->service], row->own ? ", lanlord's own" : "");
	print_cell(to, row->help);
	if (row->deflt) {
		fputs(" Default: ", to);
		print_cell(to, row->deflt);
		fputs(".", to);
	}
	if (row->newer)
		fputs(" Newer than dnsmasq 2.90; as its manual says.", to);
	if (row->service == CONF_QUALIFIES) {
		fputs(" Qualifies ", to);
		print_cell(to, row->feature);
		fputs(".", to);
	}
	fputs(" |\n", to);
}

static void print_group(FILE *to, const struct conf *c, enum conf_group group)
{
	bool any = false;

	for (size_t i = 0; i < c->index.n; i++) {
		const struct conf_option *option = &c->index.options[i];

		if (option->means->row->group != group)
			continue;
		if (!any)
			fprintf(to, "\n## %s\n\n| option | flag | | what it does |\n|---|---|---|---|\n",
				group_names[group]);
		any = true;
		print_row(to, option);
	}
}

void conf_print_manual(FILE *to, const struct conf *c)
{
	struct counts n = count(c);

	fprintf(to,
		"# Options\n\n"
		"This page is made from the option tables (`lanlord docs-options`); it is not edited.\n\n"
		"Of dnsmasq's %u options %u are served, %u are checked for form while the feature that\n"
		"they qualify is off, and %u are refused by name until they are served. %u more are\n"
		"lanlord's own.\n\n"
		"*served*: works as dnsmasq's. *form only*: a mistake in it is an error; it has no effect\n"
		"while the feature that it qualifies is off, and where that is DNS it is refused with its line\n"
		"while DNS is on. *not yet*: refused at start with its line.\n",
		n.of[CONF_SERVED] + n.of[CONF_QUALIFIES] + n.of[CONF_NOT_SERVED], n.of[CONF_SERVED],
		n.of[CONF_QUALIFIES], n.of[CONF_NOT_SERVED], n.own);
	for (size_t g = 0; g < COUNT_OF(group_names); g++)
		print_group(to, c, (enum conf_group)g);
}
