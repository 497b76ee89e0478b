/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "base/must.h"
#include "base/text.h"
#include "test/scenario_private.h"
#include "wire/dhcp_options.h"

enum { WAIT_MS = 2000, STEP_MS = 10 };

static const char *const types[] = {
	[DHCP4_DISCOVER] = "discover", [DHCP4_OFFER] = "offer",     [DHCP4_REQUEST] = "request",
	[DHCP4_DECLINE] = "decline",   [DHCP4_ACK] = "ack",         [DHCP4_NAK] = "nak",
	[DHCP4_RELEASE] = "release",   [DHCP4_INFORM] = "inform",
};

/* ---- values ------------------------------------------------------------------ */

static struct addr addr_word(const char *s)
{
	struct addr a = { 0 };

	if (s)
		addr_parse(s, &a);
	return a;
}

/* "0a:0b" is bytes, "1,3,6" numbers of one byte, a dotted quad four bytes, else it is text. */
static struct span value_bytes(const char *s, uint8_t *buffer, size_t size)
{
	struct writer w = writer_of(buffer, size);
	struct addr a;

	if (addr_parse(s, &a) && a.family == ADDR_IP4) {
		writer_span(&w, addr_bytes(&a));
	} else if (strspn(s, "0123456789,") == strlen(s)) {
		for (char *end; *s; s = *end ? end + 1 : end)
			writer_u8(&w, strtoul(s, &end, 10));
	} else if (strchr(s, ':') && strspn(s, "0123456789abcdef:") == strlen(s)) {
		for (char *end; *s; s = *end ? end + 1 : end)
			writer_u8(&w, strtoul(s, &end, 16));
	} else {
		writer_span(&w, span_text(s));
	}
	return writer_done(&w);
}

/* Words for options; any other is option-N=. */
static const struct { const char *key; uint8_t code; } option_words[] = {
	{ "hostname", DHCP4_HOSTNAME },         { "client-id", DHCP4_CLIENT_ID },
	{ "vendor-class", DHCP4_VENDOR_CLASS }, { "user-class", DHCP4_USER_CLASS },
	{ "want", DHCP4_REQUEST_LIST },         { "subnet", DHCP4_SUBNET_SELECT },
	{ "domain", DHCP4_DOMAIN },             { "router", DHCP4_ROUTER },
	{ "dns", DHCP4_DNS },                   { "message", DHCP4_MESSAGE },
	{ "netmask", DHCP4_NETMASK },           { "server-id", DHCP4_SERVER_ID },
	{ "agent", DHCP4_AGENT_INFO },          { "requested", DHCP4_REQUESTED_IP },
	{ "boot-file", DHCP4_BOOT_FILE },       { "fqdn", DHCP4_FQDN },
};

/* The option that a word "key=value" speaks of, and its value; 0 if none. */
static uint8_t option_word(const char *word, const char **value)
{
	const char *eq = strchr(word, '=');
	size_t n = eq ? (size_t)(eq - word) : 0;

	if (!eq)
		return 0;
	*value = eq + 1;
	for (size_t i = 0; i < COUNT_OF(option_words); i++)
		if (strlen(option_words[i].key) == n && strncmp(word, option_words[i].key, n) == 0)
			return option_words[i].code;
	return strncmp(word, "option-", 7) == 0 ? (uint8_t)atoi(word + 7) : 0;
}

/* ---- sending ------------------------------------------------------------------- */

static bool type_word(const char *word, enum dhcp4_type *out)
{
	for (size_t i = 1; i < COUNT_OF(types); i++)
		if (strcmp(word, types[i]) == 0) {
			*out = (enum dhcp4_type)i;
			return true;
		}
	return false;
}

static void add_addr(struct dhcp4_build *b, uint8_t code, const struct addr *a)
{
	if (addr_is_set(a))
		dhcp4_build_option(b, code, addr_bytes(a));
}

static void add_number(struct dhcp4_build *b, uint8_t code, size_t bytes, const char *value)
{
	uint8_t be[8];

	if (!value)
		return;
	put_uint(be, bytes, strtoull(value, NULL, 10));
	dhcp4_build_option(b, code, span_of(be, bytes));
}

/* How a client says what it wants: which message, and where the address goes. */
static const struct {
	const char *word;
	enum dhcp4_type type;
	bool in_ciaddr, requests, names_server, unicast;
} manners[] = {
	{ "request", DHCP4_REQUEST, .requests = true, .names_server = true },
	{ "reboot",  DHCP4_REQUEST, .requests = true },
	{ "renew",   DHCP4_REQUEST, .in_ciaddr = true, .unicast = true },
	{ "rebind",  DHCP4_REQUEST, .in_ciaddr = true },
	{ "decline", DHCP4_DECLINE, .requests = true, .names_server = true },
	{ "release", DHCP4_RELEASE, .in_ciaddr = true, .names_server = true, .unicast = true },
	{ "inform",  DHCP4_INFORM,  .in_ciaddr = true },
	{ "discover", DHCP4_DISCOVER, .requests = true },
};

static void add_options(struct dhcp4_build *b, const struct step *s)
{
	for (size_t i = 3; i < s->n; i++) {
		uint8_t buffer[300], code;
		const char *value;

		code = option_word(s->word[i], &value);
		if (code)
			dhcp4_build_option(b, code, value_bytes(value, buffer, sizeof buffer));
	}
	add_number(b, DHCP4_ARCH, 2, step_value(s, "arch"));
	add_number(b, DHCP4_LEASE_TIME, 4, step_value(s, "lease-time"));
	add_number(b, DHCP4_MAX_MESSAGE, 2, step_value(s, "max-size"));
	if (step_has(s, "rapid-commit"))
		dhcp4_build_option(b, DHCP4_RAPID_COMMIT, span_text(""));
}

static bool deliver(struct story *st, const struct step *s, bool unicast, struct span packet)
{
	const struct netif *n = loop_netif_named(st->loop, step_value(s, "via") ? step_value(s, "via")
										: "eth0");
	struct addr giaddr = addr_word(step_value(s, "giaddr"));
	bool relayed = addr_is_set(&giaddr);
	struct dgram d = { .data = packet };

	if (!n)
		return story_fail(st, "no such interface");
	d.from = (struct endpoint){ relayed ? giaddr : addr_ip4(0),
				    relayed ? DHCP4_SERVER_PORT : DHCP4_CLIENT_PORT };
	d.to = (struct endpoint){ addr_ip4(0xffffffff), DHCP4_SERVER_PORT };
	if (unicast || relayed)
		d.to.addr = n->addr[0].addr;
	d.ifindex = n->index;
	if (!sim_deliver(st->loop, &d))
		return story_fail(st, "nobody listens there");
	story_run(st, 0);
	return true;
}

bool story_sends(struct story *st, struct story_client *c, const struct step *s)
{
	const char *word = s->n > 2 ? s->word[2] : "";
	struct addr a = addr_word(s->n > 3 ? s->word[3] : NULL);
	struct dhcp4_head h = { .op = DHCP4_BOOTREQUEST, .hw = c->hw };
	struct dhcp4_build b;
	size_t m = 0;

	while (m < COUNT_OF(manners) && strcmp(word, manners[m].word) != 0)
		m++;
	if (m == COUNT_OF(manners))
		return story_fail(st, "sends %s: no such message", word);
	if (!addr_is_set(&a) && manners[m].names_server)
		a = c->offered;
	c->xid = step_has(s, "again") ? c->xid : ++st->xids;
	c->sent_ms = loop_now(st->loop).mono_ms;
	h.xid = c->xid;
	h.flags = step_has(s, "broadcast") ? DHCP4_BROADCAST : 0;
	h.ciaddr = manners[m].in_ciaddr ? a : (struct addr){ 0 };
	h.giaddr = addr_word(step_value(s, "giaddr"));
	dhcp4_build_start(&b, &h, (struct dhcp4_room){ 1400, 0, false });
	dhcp4_build_option(&b, DHCP4_MESSAGE_TYPE, span_of(&(uint8_t){ (uint8_t)manners[m].type }, 1));
	if (manners[m].requests)
		add_addr(&b, DHCP4_REQUESTED_IP, &a);
	if (manners[m].names_server && !step_value(s, "server-id"))
		add_addr(&b, DHCP4_SERVER_ID, &c->server_id);
	add_options(&b, s);
	return deliver(st, s, manners[m].unicast, dhcp4_build_done(&b));
}

/* ---- getting --------------------------------------------------------------------- */

static struct story_reply *wait_for(struct story *st, struct story_client *c)
{
	for (int64_t waited = 0; !c->inbox && waited < WAIT_MS; waited += STEP_MS)
		story_run(st, STEP_MS);

	struct story_reply *r = c->inbox;

	if (r)
		c->inbox = r->next;
	return r;
}

static bool check_number(struct story *st, const struct dhcp4_msg *m, const char *key,
			 const char *want, uint8_t code)
{
	struct reader r = reader_of(m->opt[code]);
	uint64_t got = reader_uint(&r, m->opt[code].n > 8 ? 8 : m->opt[code].n);

	if (!want || got == strtoull(want, NULL, 10))
		return true;
	return story_fail(st, "%s is %llu, not %s", key, (unsigned long long)got, want);
}

static bool check_option(struct story *st, const struct dhcp4_msg *m, const char *word)
{
	uint8_t buffer[300], code;
	const char *value;
	char got[600];
	struct text t = TEXT(got);

	code = option_word(word, &value);
	if (!code || span_eq(m->opt[code], value_bytes(value, buffer, sizeof buffer)))
		return true;
	if (!dhcp4_has(m, code))
		return story_fail(st, "%s: there is no such option", word);
	text_safe(&t, m->opt[code]);
	text_add(&t, ", ");
	text_hex(&t, m->opt[code], ':');
	return story_fail(st, "%s: it is %s", word, got);
}

static bool check_absent(struct story *st, const struct dhcp4_msg *m, const char *word)
{
	const char *value;
	char key[64];
	uint8_t code;

	if (strncmp(word, "no-", 3) != 0)
		return true;
	snprintf(key, sizeof key, "%s=", word + 3);
	code = option_word(key, &value);
	return !code || !dhcp4_has(m, code) || story_fail(st, "%s: it is there", word);
}

static bool check_text(struct story *st, const char *key, const char *want, struct span field)
{
	char got[200];
	struct text t = TEXT(got);

	text_addn(&t, (const char *)field.p, field.n ? strnlen((const char *)field.p, field.n) : 0);
	return !want || strcmp(want, got) == 0 || story_fail(st, "%s is '%s', not '%s'", key, got, want);
}

static bool check_addr(struct story *st, const char *key, const char *want, const struct addr *got)
{
	struct addr a = addr_word(want);

	return !want || addr_eq(&a, got) ||
	       story_fail(st, "%s is %s, not %s", key, addr_text(got).s, want);
}

/* to=frame, to=broadcast, or an address. */
static bool check_to(struct story *st, const char *want, const struct story_reply *r)
{
	bool broadcast = addr_to_ip4(&r->to.addr) == UINT32_MAX;
	const char *got = r->frame_to.len ? "frame" : broadcast ? "broadcast"
								: addr_text(&r->to.addr).s;
	char kept[64];

	snprintf(kept, sizeof kept, "%s", got);
	return !want || strcmp(want, kept) == 0 || story_fail(st, "it went to %s, not %s", kept, want);
}

static bool check_fields(struct story *st, struct story_client *c, const struct step *s,
			 const struct story_reply *r, const struct dhcp4_msg *m)
{
	char after[32];

	snprintf(after, sizeof after, "%lldms", (long long)(r->at_ms - c->sent_ms));
	for (size_t i = 3; i < s->n; i++)
		if (!check_option(st, m, s->word[i]) || !check_absent(st, m, s->word[i]))
			return false;
	if (step_value(s, "after") && strcmp(after, step_value(s, "after")) != 0)
		return story_fail(st, "it came after %s", after);
	return check_number(st, m, "lease-time", step_value(s, "lease-time"), DHCP4_LEASE_TIME) &&
	       check_number(st, m, "t1", step_value(s, "t1"), DHCP4_T1) &&
	       check_number(st, m, "t2", step_value(s, "t2"), DHCP4_T2) &&
	       check_text(st, "file", step_value(s, "file"), m->file) &&
	       check_text(st, "server-name", step_value(s, "server-name"), m->sname) &&
	       check_addr(st, "next-server", step_value(s, "next-server"), &m->siaddr) &&
	       check_to(st, step_value(s, "to"), r);
}

static bool check_reply(struct story *st, struct story_client *c, const struct step *s,
			const struct story_reply *r)
{
	struct dhcp4_msg m;
	enum dhcp4_type want = 0;
	struct addr a = addr_word(s->n > 3 ? s->word[3] : NULL);

	if (dhcp4_read_reply(span_of(r->bytes, r->n), &m) != DHCP4_READ || m.opt[53].n != 1)
		return story_fail(st, "it is not a DHCP reply");
	if (!type_word(s->word[2], &want) || m.opt[53].p[0] != want)
		return story_fail(st, "it is %s %s, not %s", types[m.opt[53].p[0] & 7],
				  addr_text(&m.yiaddr).s, s->word[2]);
	if (addr_is_set(&a) && !addr_eq(&a, &m.yiaddr))
		return story_fail(st, "it is for %s, not %s", addr_text(&m.yiaddr).s, s->word[3]);
	if (m.xid != c->xid)
		return story_fail(st, "it answers another transaction");
	if (want == DHCP4_OFFER) {
		c->offered = m.yiaddr;
		c->server_id = addr_of_bytes(m.opt[DHCP4_SERVER_ID]);
	}
	return check_fields(st, c, s, r, &m);
}

bool story_gets(struct story *st, struct story_client *c, const struct step *s)
{
	struct story_reply *r;
	bool good;

	if (s->n < 3)
		return story_fail(st, "gets what?");
	r = wait_for(st, c);
	if (strcmp(s->word[2], "nothing") == 0) {
		good = !r || story_fail(st, "it gets something");
	} else if (!r) {
		good = story_fail(st, "it gets nothing");
	} else {
		good = check_reply(st, c, s, r);
	}
	free(r);
	return good;
}
