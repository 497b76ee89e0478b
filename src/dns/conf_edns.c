/* SPDX-License-Identifier: ISC */
/*
 * What servers are told of who asks, and what of a client's own word goes on to them.
 */
#include "base/must.h"
#include "base/text.h"
#include "dns/conf.h"
#include "dns/form.h"
#include "wire/writer.h"

static struct dns_disclosure *disclosure_of(void *section)
{
	return &((struct dns_conf *)section)->disclosure;
}

static bool take_add_mac(struct args *a, void *section)
{
	static const char *const forms[] = { "base64", "text", NULL };
	struct dns_disclosure *d = disclosure_of(section);
	bool *const members[] = { &d->mac_base64, &d->mac_text };
	unsigned which;

	if (!args_more(a))
		return d->mac = true;
	if (!args_name_of(a, forms, &which))
		return false;
	return *members[which] = true;
}

/* BITS, or a subnet of our own choice.  Of more bits than an address has all are meant. */
static bool take_subnet(struct args *a, struct dns_subnet *out)
{
	static const char what[] = "a prefix length, or a subnet with one";
	struct prefix fixed;
	uint64_t bits;

	if (strchr(args_peek(a)->s, '/')) {
		if (!form_prefix(a, 0, what, &fixed))
			return false;
		*out = (struct dns_subnet){ fixed.addr, fixed.bits };
		return true;
	}
	if (!form_number(a, UINT32_MAX, what, &bits))
		return false;
	*out = (struct dns_subnet){ .bits = bits < 128 ? (unsigned)bits : 128 };
	return true;
}

static bool take_add_subnet(struct args *a, void *section)
{
	struct dns_disclosure *d = disclosure_of(section);

	d->subnet = true;
	return !args_more(a) ||
	       (take_subnet(a, &d->subnet4) && (!args_more(a) || take_subnet(a, &d->subnet6)));
}

static bool take_device(struct args *a, const char *hex, struct dns_disclosure *d)
{
	uint64_t device = 0;

	if (strlen(hex) != 16 || hex[strspn(hex, "0123456789abcdefABCDEF")] != 0)
		return args_error(a, "bad device \"%s\"; write 16 hexadecimal digits", hex);
	for (size_t i = 0; i < 16; i++)
		device = device << 4 |
			 (uint64_t)(hex[i] <= '9' ? hex[i] - '0' : (hex[i] | 0x20) - 'a' + 10);
	put_uint(d->device, sizeof d->device, device);
	return d->has_device = true;
}

static bool take_id(struct args *a, const char *text, uint32_t *out)
{
	uint64_t id;

	if (!text_uint(text, UINT32_MAX, &id))
		return args_error(a, "\"%s\" is no number; write one from 0 to 4294967295", text);
	*out = (uint32_t)id;
	return true;
}

static bool take_umbrella_part(struct args *a, struct dns_disclosure *d)
{
	const char *text;

	if (args_prefixed(a, "deviceid:", &text))
		return take_device(a, text, d);
	if (args_keyword(a, "orgid:") || args_keyword(a, "assetid:"))
		return true;
	if (args_prefixed(a, "orgid:", &text))
		return take_id(a, text, &d->org);
	return args_prefixed(a, "assetid:", &text) && take_id(a, text, &d->asset);
}

static bool take_umbrella(struct args *a, void *section)
{
	struct dns_disclosure *d = disclosure_of(section);

	d->umbrella = true;
	while (args_more(a))
		if (!take_umbrella_part(a, d))
			return false;
	return true;
}

static bool take_cookies(struct args *a, void *section)
{
	struct dns_conf *c = section;

	c->cookies = COOKIES_ON;
	if (!args_more(a))
		return true;
	if (!args_keyword(a, "enforce"))
		return args_fail(a);
	c->cookies = COOKIES_ENFORCED;
	return true;
}

static bool take_cookie_secret(struct args *a, void *section)
{
	struct cookie_secrets *s = &((struct dns_conf *)section)->cookie_secrets;
	struct span secret;

	if (s->n == COUNT_OF(s->secret))
		return args_error(a, "there are two secrets already; write the new one and the one "
				  "before it");
	if (!form_hex(a, "a secret", &secret))
		return false;
	if (secret.n != SIP_KEY)
		return args_error(a, "a secret has 32 hexadecimal digits, not %zu", 2 * secret.n);
	memcpy(s->secret[s->n++], secret.p, SIP_KEY);
	return true;
}

/* clang-format off */
static const struct conf_row rows[] = {
	{ ROW_OF("add-mac", 0, GROUP_DNS_UPSTREAM), .arity = CONF_MAY_VALUE, ROW_TAKE(take_add_mac),
	  .syntax = "base64|text", .help = "Tell servers the hardware address of who asks, where the "
	  "kernel knows it as a neighbour's (EDNS option 65001; base64 and text 65073).  What is "
	  "answered then is not kept for others.", .example = "text" },
	{ ROW_OF("strip-mac", 0, GROUP_DNS_UPSTREAM), DNS_FLAG(disclosure.strip_mac),
	  .help = "Take hardware addresses out of what clients ask; with add-mac ours stands in "
	  "their place, which else is left to the client's own." },
	{ ROW_OF("add-subnet", 0, GROUP_DNS_UPSTREAM), .arity = CONF_MAY_VALUE,
	  ROW_TAKE(take_add_subnet), .once = true, .syntax = "[<ipaddr>/]<bits>[,[<ipaddr>/]<bits>]",
	  .deflt = "off; 0,0 without a value", .help = "Tell servers the subnet of who asks (EDNS "
	  "option 8): so many bits of IPv4 clients' addresses and, behind the comma, of IPv6 "
	  "clients', or this subnet in their place; 0 says that nothing may be told on.  What "
	  "depends on the client is not kept for others, and a reply for another subnet does not "
	  "count.", .example = "24,56" },
	{ ROW_OF("strip-subnet", 0, GROUP_DNS_UPSTREAM), DNS_FLAG(disclosure.strip_subnet),
	  .help = "Take subnets out of what clients ask; with add-subnet ours stands in their "
	  "place, which else is left to the client's own." },
	{ ROW_OF("add-cpe-id", 0, GROUP_DNS_UPSTREAM), .arity = CONF_MUST_VALUE,
	  ROW_TEXT(struct dns_conf, disclosure.cpe_id), .once = true, .syntax = "<text>",
	  .help = "Tell servers this text with each query (EDNS option 65074).", .example = "site-7" },
	{ ROW_OF("umbrella", 0, GROUP_DNS_UPSTREAM), .arity = CONF_MAY_VALUE, ROW_TAKE(take_umbrella),
	  .once = true, .syntax = "[deviceid:<hex>][,orgid:<integer>][,assetid:<integer>]",
	  .help = "Tell servers the client's address and these ids in Cisco Umbrella's form (EDNS "
	  "option 20292).  What is answered then is not kept for others.",
	  .example = "orgid:1" },
	{ ROW_OF("dns-cookies", 0, GROUP_DNS_MISC), .own = true, .arity = CONF_MAY_VALUE,
	  ROW_TAKE(take_cookies), .once = true, .syntax = "enforce", .deflt = "off",
	  .help = "Exchange DNS cookies (RFC 7873 and 9018) with clients that send one, and with "
	  "servers; with enforce a client that sends one by UDP is answered once it has ours.  "
	  "Clients' own cookies do not go on to servers.", .example = "enforce" },
	{ ROW_OF("dns-cookie-secret", 0, GROUP_DNS_MISC), .own = true, FORM_TAKE(take_cookie_secret),
	  .syntax = "<hex>", .deflt = "drawn at start", .help = "What our cookies are made with: 32 "
	  "hexadecimal digits, the same for all servers of one address.  A second line's is good "
	  "too, so that the secret can be changed.", .example = "e5e973e5a6b2a43f48e7dc849e37bfcf" },
	{ ROW_OF("proxy-dnssec", 0, GROUP_DNSSEC), DNS_FLAG(proxy_dnssec),
	  .help = "Pass on the servers' word that an answer was validated (AD)." },
};
/* clang-format on */

const struct conf_section dns_edns_section = {
	.name = "dns-edns", .rows = rows, .n = COUNT_OF(rows), .fills = &dns_upstream_section,
};
