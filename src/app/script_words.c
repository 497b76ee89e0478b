/* SPDX-License-Identifier: ISC */
#include "app/script_words.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/text.h"

#define ENV "DNSMASQ_"
#define ETHERNET 1

/* Words behind each other; one that has no room is left out. */
struct words {
	uint8_t *out;
	size_t n;
};

static void add(struct words *w, struct span word)
{
	if (SCRIPT_MESSAGE_MAX - w->n <= word.n)
		return;
	memcpy(w->out + w->n, word.p, word.n);
	w->n += word.n;
	w->out[w->n++] = '\0';
}

static void add_argument(struct words *w, const char *word)
{
	add(w, span_text(word));
	w->out[0]++;
}

__attribute__((format(printf, 2, 3)))
static void addf(struct words *w, const char *format, ...)
{
	char word[1024];
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(word, sizeof word, format, args);
	va_end(args);
	if (n > 0 && (size_t)n < sizeof word)
		add(w, span_of(word, (size_t)n));
}

static void add_facts(struct words *w, struct span facts)
{
	while (facts.n) {
		const char *fact = (const char *)facts.p;
		const size_t n = strlen(fact) + 1;

		addf(w, ENV "%s", fact);
		facts = span_of(facts.p + n, facts.n - n);
	}
}

static void add_times(struct words *w, const struct script_told *t)
{
	const int64_t expires_s = t->lease->expires_s;

	addf(w, ENV "LEASE_EXPIRES=%lld", (long long)expires_s);
	if (t->action != SCRIPT_DEL && expires_s > t->wall_s)
		addf(w, ENV "TIME_REMAINING=%lld", (long long)(expires_s - t->wall_s));
}

static void add_client_id(struct words *w, const struct lease *l)
{
	char hex[3 * CLID_MAX + 1];
	struct text t = TEXT(hex);

	if (!l->clid_len)
		return;
	text_hex(&t, span_of(l->clid, l->clid_len), ':');
	addf(w, ENV "CLIENT_ID=%s", hex);
}

static void add_environment(struct words *w, const struct script_told *t)
{
	if (t->interface)
		addf(w, ENV "INTERFACE=%s", t->interface);
	add_times(w, t);
	add_client_id(w, t->lease);
	if (t->domain && (t->lease->name || t->old_name))
		addf(w, ENV "DOMAIN=%s", t->domain);
	if (t->old_name)
		addf(w, ENV "OLD_HOSTNAME=%s", t->old_name);
	if (t->log_dhcp)
		addf(w, ENV "LOG_DHCP=1");
	if (!t->facts.n)
		addf(w, ENV "DATA_MISSING=1");
	add_facts(w, t->facts);
}

size_t script_words(const struct script_told *t, uint8_t out[SCRIPT_MESSAGE_MAX])
{
	static const char *const actions[] = { "add", "old", "del" };
	struct words w = { out, 1 };

	out[0] = 0;
	add_argument(&w, actions[t->action]);
	add_argument(&w, hwaddr_text(&t->lease->hw).s);
	add_argument(&w, addr_text(&t->lease->addr).s);
	if (t->lease->name && !t->old_name)
		add_argument(&w, t->lease->name);
	add_environment(&w, t);
	return w.n;
}

size_t script_words_tftp(uint64_t bytes, const struct addr *to, const char *path,
			 uint8_t out[SCRIPT_MESSAGE_MAX])
{
	struct words w = { out, 1 };
	char size[24];

	snprintf(size, sizeof size, "%llu", (unsigned long long)bytes);
	out[0] = 0;
	add_argument(&w, "tftp");
	add_argument(&w, size);
	add_argument(&w, addr_text(to).s);
	add_argument(&w, path);
	return w.n;
}

size_t script_words_arp(const struct hwaddr *hw, const struct addr *a, bool gone,
			uint8_t out[SCRIPT_MESSAGE_MAX])
{
	struct hwaddr plain = *hw;
	struct words w = { out, 1 };

	plain.type = ETHERNET;		/* the kernel does not tell */
	out[0] = 0;
	add_argument(&w, gone ? "arp-del" : "arp-add");
	add_argument(&w, hwaddr_text(&plain).s);
	add_argument(&w, addr_text(a).s);
	return w.n;
}
