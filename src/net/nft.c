/* SPDX-License-Identifier: ISC */
/*
 * nftables: a set is looked at first, since what an element must look like depends
 * on it; then all elements go in as one transaction, and where one is refused, the
 * others once more without it.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "base/must.h"
#include "net/kernel_set.h"
#include "net/nfnl.h"
#include "wire/reader.h"

#define TYPE_IP4 7			/* what nft(8) calls ipv4_addr and ipv6_addr in NFTA_SET_KEY_TYPE */
#define TYPE_IP6 8
#define MESSAGE_BYTES 512		/* more than one message with names of any length that are sent */
#define NAME_MAX_BYTES 128		/* of a table or a set; the kernel's own limit is 255 */
#define AT_ONCE 28			/* messages that fit into one buffer, and their answers into another's */
#define PASSES 8			/* transactions tried for one batch */

/* What the kernel says of a set. */
struct seen {
	int error;			/* 0: the rest is known */
	uint32_t flags, type;
	bool merges;			/* auto-merge */
};

struct batch {
	struct kernel_set_add *add[AT_ONCE];
	struct seen seen[AT_ONCE];
	uint32_t n;
	bool refused;			/* one of this transaction was */
	uint32_t sent[AT_ONCE + 2];	/* which of them each message was of */
	uint32_t messages;
};

/* In a set's userdata nft(8) keeps notes for itself: type, length, value. */
#define NOTE_MERGES 2

/* ---- looking at sets -------------------------------------------------------------------- */

static void put_look(struct nfnl *n, const struct kernel_set *s)
{
	struct nlmsghdr *m = nfnl_begin(n, NFNL_SUBSYS_NFTABLES, NFT_MSG_GETSET, 0, s->family, 0);

	mnl_attr_put_strz(m, NFTA_SET_TABLE, s->table);
	mnl_attr_put_strz(m, NFTA_SET_NAME, s->name);
	nfnl_end(n, m);
}

static uint32_t number(const struct nlattr *a)
{
	return a && mnl_attr_get_payload_len(a) >= 4 ? ntohl(mnl_attr_get_u32(a)) : 0;
}

static bool read_merges(const struct nlattr *userdata)
{
	struct reader r = reader_of(span_of(NULL, 0));
	bool merges = false;

	if (userdata)
		r = reader_of(span_of(mnl_attr_get_payload(userdata),
				      mnl_attr_get_payload_len(userdata)));
	while (reader_left(&r) > 1) {
		unsigned type = reader_u8(&r);
		struct span value = reader_take(&r, reader_u8(&r));

		for (size_t i = 0; type == NOTE_MERGES && i < value.n; i++)
			merges |= value.p[i] != 0;
	}
	return merges;
}

static void saw(void *arg, const struct nfnl_answer *a)
{
	struct batch *b = arg;
	struct nfnl_attrs attrs;
	struct seen *s;

	if (a->message >= b->messages)
		return;
	s = &b->seen[b->sent[a->message]];
	if (a->content) {
		attrs = nfnl_attrs_of(a->content);
		*s = (struct seen){
			.flags = number(attrs.at[NFTA_SET_FLAGS]),
			.type = number(attrs.at[NFTA_SET_KEY_TYPE]),
			.merges = read_merges(attrs.at[NFTA_SET_USERDATA]),
		};
	} else if (a->error) {
		s->error = a->error;
	}
}

static int verdict(const struct seen *s, const struct addr *a)
{
	if (s->error)
		return s->error;
	if (s->type != (a->family == ADDR_IP6 ? TYPE_IP6 : TYPE_IP4) ||
	    s->flags & (NFT_SET_MAP | NFT_SET_OBJECT))
		return SET_OTHER_TYPE;
	return 0;
}

/* The first of the batch with the same set. */
static uint32_t first_like(const struct batch *b, uint32_t i)
{
	uint32_t k = 0;

	while (b->add[k]->set != b->add[i]->set)
		k++;
	return k;
}

static void look(struct nfnl *n, struct batch *b)
{
	bool asked;

	b->messages = 0;
	for (uint32_t i = 0; i < b->n; i++) {
		b->seen[i] = (struct seen){ .error = ENOENT };
		if (first_like(b, i) != i)
			continue;
		put_look(n, b->add[i]->set);
		b->sent[b->messages++] = i;
	}
	asked = nfnl_ask(n, saw, b);
	for (uint32_t i = 0; i < b->n; i++) {
		b->seen[i] = b->seen[first_like(b, i)];
		b->add[i]->error = asked ? verdict(&b->seen[i], &b->add[i]->addr) : errno;
	}
}

/* ---- adding ------------------------------------------------------------------------------ */

static void put_border(struct nfnl *n, unsigned message)
{
	struct nlmsghdr *m = nfnl_begin(n, 0, message, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES);

	nfnl_end(n, m);
}

static void put_element(struct nlmsghdr *m, struct span key, uint32_t flags)
{
	struct nlattr *element = mnl_attr_nest_start(m, NFTA_LIST_ELEM), *value;

	value = mnl_attr_nest_start(m, NFTA_SET_ELEM_KEY);
	mnl_attr_put(m, NFTA_DATA_VALUE, key.n, key.p);
	mnl_attr_nest_end(m, value);
	if (flags)
		mnl_attr_put_u32(m, NFTA_SET_ELEM_FLAGS, htonl(flags));
	mnl_attr_nest_end(m, element);
}

/* The address behind it; false: it is the last. */
static bool next_addr(struct addr *a)
{
	size_t i = addr_bytes(a).n;

	while (i-- > 0)
		if (++a->bytes[i])
			return true;
	return false;
}

/* In a set of intervals one address is all from it to the next, which is out. */
static void put_add(struct nfnl *n, const struct kernel_set_add *a, const struct seen *s)
{
	struct nlmsghdr *m = nfnl_begin(n, NFNL_SUBSYS_NFTABLES, NFT_MSG_NEWSETELEM,
					NLM_F_CREATE | NLM_F_ACK, a->set->family, 0);
	struct addr end = a->addr;
	struct nlattr *elements;

	mnl_attr_put_strz(m, NFTA_SET_ELEM_LIST_TABLE, a->set->table);
	mnl_attr_put_strz(m, NFTA_SET_ELEM_LIST_SET, a->set->name);
	elements = mnl_attr_nest_start(m, NFTA_SET_ELEM_LIST_ELEMENTS);
	put_element(m, addr_bytes(&a->addr), 0);
	if (s->flags & NFT_SET_INTERVAL && next_addr(&end))
		put_element(m, addr_bytes(&end), NFT_SET_ELEM_INTERVAL_END);
	mnl_attr_nest_end(m, elements);
	nfnl_end(n, m);
}

static void took(void *arg, const struct nfnl_answer *a)
{
	struct batch *b = arg;

	if (a->message >= b->messages || a->error <= 0)
		return;
	b->refused = true;
	if (b->sent[a->message] < b->n)
		b->add[b->sent[a->message]]->error = a->error;
	else				/* of the border: all of it */
		for (uint32_t i = 0; i < b->n; i++)
			if (!b->add[i]->error)
				b->add[i]->error = a->error;
}

static void put_transaction(struct nfnl *n, struct batch *b)
{
	b->messages = 0;
	put_border(n, NFNL_MSG_BATCH_BEGIN);
	b->sent[b->messages++] = UINT32_MAX;
	for (uint32_t i = 0; i < b->n; i++)
		if (!b->add[i]->error) {
			put_add(n, b->add[i], &b->seen[i]);
			b->sent[b->messages++] = i;
		}
	put_border(n, NFNL_MSG_BATCH_END);
	b->sent[b->messages++] = UINT32_MAX;
}

static bool has_some(const struct batch *b)
{
	for (uint32_t i = 0; i < b->n; i++)
		if (!b->add[i]->error)
			return true;
	return false;
}

/* Each pass leaves out those that were refused, for whose sake nothing was done. */
static void add_batch(struct nfnl *n, struct batch *b)
{
	b->refused = true;
	for (unsigned pass = 0; b->refused && has_some(b) && pass < PASSES; pass++) {
		b->refused = false;
		put_transaction(n, b);
		if (nfnl_ask(n, took, b))
			continue;
		for (uint32_t i = 0; i < b->n; i++)
			b->add[i]->error = b->add[i]->error ? b->add[i]->error : errno;
	}
}

/* An interval that is there already has the address; a set that merges is content with that. */
static void name_overlaps(struct batch *b)
{
	for (uint32_t i = 0; i < b->n; i++) {
		int *error = &b->add[i]->error;

		if (b->seen[i].flags & NFT_SET_INTERVAL && (*error == EEXIST || *error == ENOTEMPTY))
			*error = b->seen[i].merges ? 0 : SET_OVERLAP;
	}
}

static void do_batch(struct nfnl *n, struct batch *b)
{
	if (b->n == 0)
		return;
	look(n, b);
	add_batch(n, b);
	name_overlaps(b);
	b->n = 0;
}

static int name_error(const struct kernel_set *s)
{
	if (!s->family)
		return SET_NO_NAME;
	return strlen(s->table) > NAME_MAX_BYTES || strlen(s->name) > NAME_MAX_BYTES ? ENAMETOOLONG
										     : 0;
}

void nft_add(struct nfnl *n, struct kernel_set_add *adds, size_t count)
{
	struct batch b = { .n = 0 };

	for (size_t i = 0; i < count; i++) {
		struct kernel_set_add *a = &adds[i];

		if (!kernel_set_takes(a, SET_NFT))
			continue;
		a->error = name_error(a->set);
		if (a->error)
			continue;
		b.add[b.n++] = a;
		if (b.n == AT_ONCE)
			do_batch(n, &b);
	}
	do_batch(n, &b);
}
