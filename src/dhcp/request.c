/* SPDX-License-Identifier: ISC */
#include "dhcp/request.h"

#include "wire/tlv.h"

enum { ARP_IEEE1394 = 24, ARP_INFINIBAND = 32 };	/* media whose frames we cannot address */
enum { IP_UDP_HEADERS = 28, FQDN_HEAD = 3, FQDN_ENCODED = 4, LABEL_MAX = 63 };

/* ---- one option each ------------------------------------------------------ */

static struct addr addr_option(const struct dhcp4_msg *m, uint8_t code)
{
	struct span s = m->opt[code];

	return s.n >= 4 ? addr_of_bytes(span_of(s.p, 4)) : (struct addr){ 0 };
}

/* A number of `bytes`, or `absent`. */
static uint32_t number_option(const struct dhcp4_msg *m, uint8_t code, size_t bytes,
			      uint32_t absent)
{
	struct reader r = reader_of(m->opt[code]);
	uint32_t v = (uint32_t)reader_uint(&r, bytes);

	return reader_ok(&r) ? v : absent;
}

static void read_relay(struct span info, struct dhcp_relay_info *out)
{
	struct reader r = reader_of(info);
	struct tlv sub;

	out->whole = info;
	while (tlv_next(&r, &TLV_DHCP4_SUB, &sub)) {
		struct span body = reader_take(&sub.body, reader_left(&sub.body));

		if (sub.tag == DHCP4_AGENT_CIRCUIT)
			out->circuit = body;
		else if (sub.tag == DHCP4_AGENT_REMOTE)
			out->remote = body;
		else if (sub.tag == DHCP4_AGENT_SUBSCRIBER)
			out->subscriber = body;
		else if (sub.tag == DHCP4_AGENT_LINK)
			out->link = addr_of_bytes(body);
		else if (sub.tag == DHCP4_AGENT_SERVER_ID)
			out->server_id = addr_of_bytes(body);
	}
}

/* A client without a hardware address of its own may have put one in its client id. */
static void read_hw(struct dhcp_request *r)
{
	struct span id = r->clid;

	r->hw = r->msg->hw;
	if (r->hw.len > 0 || id.n < 2 || id.n > HWADDR_MAX + 1)
		return;
	r->hw.type = id.p[0];
	r->hw.len = (uint8_t)(id.n - 1);
	memcpy(r->hw.bytes, id.p + 1, id.n - 1);
}

/* ---- names ---------------------------------------------------------------- */

static bool is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool dhcp_name_legal(const char *name)
{
	size_t n = strcspn(name, ".");

	if (n == 0 || n > LABEL_MAX || !is_alnum(name[0]))
		return false;
	for (size_t i = 1; i < n; i++)
		if (!is_alnum(name[i]) && name[i] != '-' && name[i] != '_')
			return false;
	return true;
}

const char *dhcp_name_split(const char *name, struct dhcp_label *label)
{
	size_t n = strcspn(name, ".");
	const char *domain = name[n] ? name + n + 1 : NULL;

	if (n > LABEL_MAX)
		n = LABEL_MAX;
	memcpy(label->s, name, n);
	label->s[n] = '\0';
	return domain && *domain ? domain : NULL;
}

/* Text as it came, up to a NUL and without dots at its end. */
static void read_text_name(struct span s, char *out)
{
	size_t n = s.n > DHCP_NAME_MAX ? DHCP_NAME_MAX : strnlen((const char *)s.p, s.n);

	while (n > 0 && s.p[n - 1] == '.')
		n--;
	memcpy(out, s.p, n);
	out[n] = '\0';
}

/* Labels of DNS, without compression; a run that lacks its root is a partial name. */
static void read_wire_name(struct span s, char *out)
{
	struct reader r = reader_of(s);
	size_t n = 0;

	while (reader_left(&r) > 0) {
		struct span label = reader_take(&r, reader_u8(&r));

		if (label.n == 0)
			break;
		if (label.n > LABEL_MAX || memchr(label.p, 0, label.n) ||
		    n + label.n + 1 > DHCP_NAME_MAX) {
			n = 0;
			break;
		}
		if (n > 0)
			out[n++] = '.';
		memcpy(out + n, label.p, label.n);
		n += label.n;
	}
	out[n] = '\0';
}

/* The fully qualified name beats the host name (RFC 4702 3.1). */
static void read_name(struct dhcp_request *r)
{
	struct span fqdn = r->msg->opt[DHCP4_FQDN], host = r->msg->opt[DHCP4_HOSTNAME];

	if (fqdn.n >= FQDN_HEAD) {
		struct span rest = span_of(fqdn.p + FQDN_HEAD, fqdn.n - FQDN_HEAD);

		r->fqdn = (struct dhcp_fqdn){ true, fqdn.p[0], fqdn.p[0] & FQDN_ENCODED };
		(r->fqdn.encoded ? read_wire_name : read_text_name)(rest, r->name);
	} else if (host.n > 0) {
		r->name_ends_in_nul = host.p[host.n - 1] == '\0';
		read_text_name(host, r->name);
	}
	if (!dhcp_name_legal(r->name))
		r->name[0] = '\0';
}

/* ---- the whole ------------------------------------------------------------- */

static size_t max_size(const struct dhcp4_msg *m)
{
	uint32_t n = number_option(m, DHCP4_MAX_MESSAGE, 2, 0);

	return n > IP_UDP_HEADERS ? n - IP_UDP_HEADERS : 0;
}

bool dhcp_request_is_ours(const struct dhcp_request *r, const struct addr *a)
{
	for (size_t i = 0; i < r->netif->addrs; i++)
		if (addr_eq(&r->netif->addr[i].addr, a))
			return true;
	return false;
}

static void read_options(const struct dhcp4_msg *m, struct dhcp_request *r)
{
	r->clid = m->opt[DHCP4_CLIENT_ID];
	r->requested = addr_option(m, DHCP4_REQUESTED_IP);
	r->server_id = addr_option(m, DHCP4_SERVER_ID);
	r->subnet = addr_option(m, DHCP4_SUBNET_SELECT);
	r->has_lease_s = m->opt[DHCP4_LEASE_TIME].n >= 4;
	r->lease_s = number_option(m, DHCP4_LEASE_TIME, 4, 0);
	r->want = m->opt[DHCP4_REQUEST_LIST];
	r->vendor_class = m->opt[DHCP4_VENDOR_CLASS];
	r->user_class = m->opt[DHCP4_USER_CLASS];
	r->arch = (int)number_option(m, DHCP4_ARCH, 2, UINT32_MAX);
	r->ipxe = dhcp4_has(m, DHCP4_IPXE);
	r->rapid_commit = dhcp4_has(m, DHCP4_RAPID_COMMIT);
	r->max_size = max_size(m);
}

/* What BOOTP does not know means nothing there, as in dnsmasq. */
static void forget_dhcp(struct dhcp_request *r)
{
	r->clid = r->want = span_of(NULL, 0);
	r->requested = r->server_id = (struct addr){ 0 };
	r->has_lease_s = r->rapid_commit = r->name_ends_in_nul = false;
	r->max_size = 0;
	r->fqdn = (struct dhcp_fqdn){ .given = false };
	r->name[0] = '\0';
}

bool dhcp_request_read(const struct dhcp4_msg *m, const struct netif *n, const struct addr *to,
		       struct dhcp_request *r)
{
	const bool bootp = !dhcp4_has(m, DHCP4_MESSAGE_TYPE);
	const uint32_t type = number_option(m, DHCP4_MESSAGE_TYPE, 1, DHCP4_BOOTP);

	if (!bootp && (type < DHCP4_DISCOVER || type > DHCP4_INFORM))
		return false;
	memset(r, 0, sizeof *r);
	r->msg = m;
	r->type = (enum dhcp4_type)type;
	r->netif = n;
	r->link = n->index;
	r->to = *to;
	read_options(m, r);
	read_hw(r);
	read_relay(m->opt[DHCP4_AGENT_INFO], &r->relay);
	read_name(r);
	if (bootp)
		forget_dhcp(r);
	r->unicast = dhcp_request_is_ours(r, to);
	r->broadcast = m->flags & DHCP4_BROADCAST || r->msg->hw.len == 0 ||
		       r->hw.type == ARP_IEEE1394 || r->hw.type == ARP_INFINIBAND;
	return true;
}

bool dhcp_request_wants(const struct dhcp_request *r, uint8_t code)
{
	return !r->want.p || r->want.n == 0 || memchr(r->want.p, code, r->want.n);
}
