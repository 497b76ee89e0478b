/* SPDX-License-Identifier: ISC */
#include "net/neighbours.h"

#include <errno.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

#include <libmnl/libmnl.h>

#include "base/log.h"
#include "base/must.h"
#include "base/siphash.h"

#define ROOM_FIRST 256
#define NOBODIES 1024			/* addresses remembered as nobody's; a newer one takes its place */
#define RETRY_MS 1000
#define NEWS_A_TURN 64
#define BUFFER 32768			/* what the kernel fills when it dumps */

struct key {
	struct addr addr;		/* ADDR_NONE: free */
	unsigned ifindex;
};

struct neighbour {
	struct key key;
	struct hwaddr hw;
	unsigned dump;			/* the number of that which told of it last */
};

struct neighbours {
	pthread_mutex_t lock;		/* of what follows; only the loop that hears news writes the table */
	struct neighbour *table;	/* open addressing; never more than half full */
	size_t room, n;			/* room is a power of two, or 0 */
	struct key nobody[NOBODIES];
	bool whole;			/* what is missing is nobody's, or news of it are on their way */

	uint8_t hash_key[SIP_KEY];	/* strangers choose addresses */
	struct loop *loop;		/* NULL: it does not follow */
	int fd;
	struct loop_watch watch;
	struct loop_timer retry;
	unsigned dump;			/* the number of the last */
	bool dumping, again;		/* one is on its way; it was not whole */
	bool dropped;			/* since then some had no room */
	bool full_told;
	void (*told)(void *arg, const struct addr *a, const struct hwaddr *hw, bool gone);	/* or NULL */
	void *told_arg;
	uint8_t buffer[BUFFER];
};

/* ---- the table ------------------------------------------------------------------------ */

static uint64_t hash_of(const struct neighbours *n, const struct key *k)
{
	uint8_t bytes[sizeof k->addr + sizeof k->ifindex];

	memcpy(bytes, &k->addr, sizeof k->addr);
	memcpy(bytes + sizeof k->addr, &k->ifindex, sizeof k->ifindex);
	return siphash(n->hash_key, span_of(bytes, sizeof bytes));
}

static bool is_same(const struct key *a, const struct key *b)
{
	return a->ifindex == b->ifindex && addr_eq(&a->addr, &b->addr);
}

/* Where it is, or the free place where it would be; there is room. */
static struct neighbour *place_of(const struct neighbours *n, const struct key *k)
{
	size_t i = (size_t)hash_of(n, k) & (n->room - 1);

	while (addr_is_set(&n->table[i].key.addr) && !is_same(&n->table[i].key, k))
		i = (i + 1) & (n->room - 1);
	return &n->table[i];
}

static struct neighbour *find(const struct neighbours *n, const struct key *k)
{
	struct neighbour *found = n->room ? place_of(n, k) : NULL;

	return found && addr_is_set(&found->key.addr) ? found : NULL;
}

static bool have_room(struct neighbours *n)
{
	struct neighbours bigger = { .room = n->room ? 2 * n->room : ROOM_FIRST };

	if (2 * (n->n + 1) <= n->room)
		return true;
	if (n->n == NEIGHBOURS_MAX)
		return false;
	bigger.table = calloc(bigger.room, sizeof *bigger.table);
	if (!bigger.table)
		return false;
	memcpy(bigger.hash_key, n->hash_key, sizeof bigger.hash_key);
	for (size_t i = 0; i < n->room; i++)
		if (addr_is_set(&n->table[i].key.addr))
			*place_of(&bigger, &n->table[i].key) = n->table[i];
	free(n->table);
	n->table = bigger.table;
	n->room = bigger.room;
	return true;
}

/* Those behind it that it kept from their places move up. */
static void delete(struct neighbours *n, struct neighbour *gone)
{
	size_t i = (size_t)(gone - n->table);

	gone->key.addr.family = ADDR_NONE;
	n->n--;
	while (addr_is_set(&n->table[i = (i + 1) & (n->room - 1)].key.addr)) {
		struct neighbour moved = n->table[i];

		n->table[i].key.addr.family = ADDR_NONE;
		*place_of(n, &moved.key) = moved;
	}
}

static void tell(const struct neighbours *n, const struct addr *a, const struct hwaddr *hw, bool gone)
{
	if (n->told)
		n->told(n->told_arg, a, hw, gone);
}

static struct key *nobody_of(struct neighbours *n, const struct key *k)
{
	return &n->nobody[hash_of(n, k) % NOBODIES];
}

/* False: there is no room for it. */
static bool set(struct neighbours *n, const struct key *k, const struct hwaddr *hw)
{
	struct neighbour *found = find(n, k);
	struct key *nobody = nobody_of(n, k);

	if (is_same(nobody, k))
		nobody->addr.family = ADDR_NONE;
	if (found && !hwaddr_eq(&found->hw, hw))
		tell(n, &k->addr, &found->hw, true);
	if (hw->len && (!found || !hwaddr_eq(&found->hw, hw)))
		tell(n, &k->addr, hw, false);
	if (found && !hw->len)
		delete(n, found);
	if (!hw->len)
		return true;
	if (!found && !have_room(n))
		return false;
	found = place_of(n, k);
	n->n += !addr_is_set(&found->key.addr);
	*found = (struct neighbour){ *k, *hw, n->dump };
	return true;
}

void neighbours_set(struct neighbours *n, unsigned ifindex, const struct addr *a,
		    const struct hwaddr *hw)
{
	const struct key k = { *a, ifindex };
	bool full;

	pthread_mutex_lock(&n->lock);
	full = !set(n, &k, hw);
	if (full)
		n->whole = false;
	n->dropped |= full;
	pthread_mutex_unlock(&n->lock);
	if (full && !n->full_told)
		log_warning(LOG_MAIN, "more than %zu neighbours: the kernel is asked about the rest for "
			    "each question", neighbours_count(n));
	n->full_told |= full;
}

/* Those that the last dump did not have went while nobody heard it. */
static void sweep(struct neighbours *n)
{
	for (size_t i = 0; i < n->room; i++)
		while (addr_is_set(&n->table[i].key.addr) && n->table[i].dump != n->dump) {
			tell(n, &n->table[i].key.addr, &n->table[i].hw, true);
			delete(n, &n->table[i]);
		}
}

void neighbours_whole(struct neighbours *n)
{
	pthread_mutex_lock(&n->lock);
	sweep(n);
	n->whole = !n->dropped;
	pthread_mutex_unlock(&n->lock);
}

void neighbours_watch(struct neighbours *n,
		      void (*told)(void *arg, const struct addr *a, const struct hwaddr *hw, bool gone),
		      void *arg)
{
	n->told = told;
	n->told_arg = arg;
}

size_t neighbours_count(struct neighbours *n)
{
	size_t count;

	pthread_mutex_lock(&n->lock);
	count = n->n;
	pthread_mutex_unlock(&n->lock);
	return count;
}

/* ---- looking ---------------------------------------------------------------------------- */

enum known { UNHEARD_OF, SOMEBODY, NOBODY };

static enum known look(struct neighbours *n, const struct key *k, struct hwaddr *out)
{
	const struct neighbour *found;
	enum known known = UNHEARD_OF;

	pthread_mutex_lock(&n->lock);
	found = find(n, k);
	if (found) {
		*out = found->hw;
		known = SOMEBODY;
	} else if (n->whole && is_same(nobody_of(n, k), k)) {
		known = NOBODY;
	}
	pthread_mutex_unlock(&n->lock);
	return known;
}

static void remember_nobody(struct neighbours *n, const struct key *k)
{
	pthread_mutex_lock(&n->lock);
	*nobody_of(n, k) = *k;
	pthread_mutex_unlock(&n->lock);
}

bool neighbours_ask(struct neighbours *n, struct loop *l, unsigned ifindex, const struct addr *a,
		    struct hwaddr *out)
{
	const struct key k = { *a, ifindex };
	const enum known known = n ? look(n, &k, out) : UNHEARD_OF;

	if (known != UNHEARD_OF)
		return known == SOMEBODY;
	if (loop_neighbour(l, ifindex, a, out))
		return true;
	if (n)
		remember_nobody(n, &k);
	return false;
}

/* ---- news --------------------------------------------------------------------------------- */

struct attrs { const struct nlattr *dst, *hw; };

static int keep_attr(const struct nlattr *a, void *data)
{
	struct attrs *attrs = data;

	if (mnl_attr_get_type(a) == NDA_DST)
		attrs->dst = a;
	else if (mnl_attr_get_type(a) == NDA_LLADDR)
		attrs->hw = a;
	return MNL_CB_OK;
}

/* What the kernel would give for an address in this state; empty: nothing. */
static struct hwaddr hw_of(const struct neighbours *n, const struct nlmsghdr *m,
			   const struct ndmsg *nd, const struct nlattr *hw)
{
	const uint16_t known = NUD_PERMANENT | NUD_NOARP | NUD_REACHABLE | NUD_STALE | NUD_DELAY |
			       NUD_PROBE;
	const struct netif *netif = loop_netif(n->loop, (unsigned)nd->ndm_ifindex);
	struct hwaddr out = { .type = netif ? netif->hw.type : 0 };

	if (m->nlmsg_type == RTM_DELNEIGH || !hw || !(nd->ndm_state & known) ||
	    mnl_attr_get_payload_len(hw) > HWADDR_MAX)
		return out;
	out.len = (uint8_t)mnl_attr_get_payload_len(hw);
	memcpy(out.bytes, mnl_attr_get_payload(hw), out.len);
	return out;
}

/* A bridge tells of its ports' stations by the same messages, in a family of its own. */
static void take_neighbour(struct neighbours *n, const struct nlmsghdr *m)
{
	const struct ndmsg *nd = mnl_nlmsg_get_payload(m);
	struct attrs attrs = { .dst = NULL };
	struct hwaddr hw;
	struct addr a;

	if (mnl_nlmsg_get_payload_len(m) < sizeof *nd ||
	    (nd->ndm_family != AF_INET && nd->ndm_family != AF_INET6))
		return;
	mnl_attr_parse(m, sizeof *nd, keep_attr, &attrs);
	if (!attrs.dst)
		return;
	a = addr_of_bytes(span_of(mnl_attr_get_payload(attrs.dst),
				  mnl_attr_get_payload_len(attrs.dst)));
	hw = hw_of(n, m, nd, attrs.hw);
	if (addr_is_set(&a))
		neighbours_set(n, (unsigned)nd->ndm_ifindex, &a, &hw);
}

static bool ask_for_all(struct neighbours *n)
{
	char bytes[NLMSG_SPACE(sizeof(struct ndmsg))];
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	struct nlmsghdr *m = mnl_nlmsg_put_header(bytes);

	(void)mnl_nlmsg_put_extra_header(m, sizeof(struct ndmsg));
	m->nlmsg_type = RTM_GETNEIGH;
	m->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	n->again = n->dropped = false;
	n->dump++;
	n->dumping = sendto(n->fd, m, m->nlmsg_len, 0, (struct sockaddr *)&kernel,
			    sizeof kernel) >= 0;
	return n->dumping;
}

/* What is missing may be there, until all was told anew. */
static void doubt(struct neighbours *n)
{
	pthread_mutex_lock(&n->lock);
	n->whole = false;
	pthread_mutex_unlock(&n->lock);
	n->again = true;
}

static void ask_again(struct loop_timer *t)
{
	struct neighbours *n = container_of(t, struct neighbours, retry);

	if (!n->dumping && !ask_for_all(n))
		timer_start(n->loop, &n->retry, RETRY_MS);
}

static void take_end(struct neighbours *n)
{
	n->dumping = false;
	if (!n->again)
		neighbours_whole(n);
}

static void take_message(struct neighbours *n, const struct nlmsghdr *m)
{
	n->again |= n->dumping && m->nlmsg_flags & NLM_F_DUMP_INTR;
	if (m->nlmsg_type == RTM_NEWNEIGH || m->nlmsg_type == RTM_DELNEIGH)
		take_neighbour(n, m);
	else if (m->nlmsg_type == NLMSG_DONE)
		take_end(n);
	else if (m->nlmsg_type == NLMSG_ERROR) {
		n->dumping = false;
		doubt(n);
	}
}

/* News and what was asked for come in one row, in the order in which they were true.  False: nothing
 * more for now. */
static bool take_some(struct neighbours *n)
{
	const ssize_t got = recv(n->fd, n->buffer, sizeof n->buffer, MSG_DONTWAIT | MSG_TRUNC);
	const struct nlmsghdr *m = (const struct nlmsghdr *)(const void *)n->buffer;
	int left = (int)got;

	if (got < 0 && errno != ENOBUFS)
		return false;
	if (got < 0 || (size_t)got > sizeof n->buffer) {
		doubt(n);
		return true;
	}
	for (; mnl_nlmsg_ok(m, left); m = mnl_nlmsg_next(m, &left))
		take_message(n, m);
	return true;
}

static void news_ready(struct loop_watch *w)
{
	struct neighbours *n = container_of(w, struct neighbours, watch);

	for (int i = 0; i < NEWS_A_TURN && take_some(n); i++)
		;
	if (n->again && !n->dumping && !ask_for_all(n))
		timer_start(n->loop, &n->retry, RETRY_MS);
}

/* ---- life ----------------------------------------------------------------------------------- */

struct neighbours *neighbours_new(void)
{
	struct neighbours *n = calloc(1, sizeof *n);

	must(n);
	must(pthread_mutex_init(&n->lock, NULL) == 0);
	must(getrandom(n->hash_key, sizeof n->hash_key, 0) == sizeof n->hash_key);
	n->fd = -1;
	n->watch.ready = news_ready;
	n->retry.fire = ask_again;
	return n;
}

void neighbours_free(struct neighbours *n)
{
	if (!n)
		return;
	neighbours_stop(n);
	pthread_mutex_destroy(&n->lock);
	free(n);
}

static int open_netlink(void)
{
	struct sockaddr_nl self = { .nl_family = AF_NETLINK, .nl_groups = RTMGRP_NEIGH };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);

	if (fd >= 0 && bind(fd, (struct sockaddr *)&self, sizeof self) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

/* News are asked for first: what changes while all is told is heard twice. */
enum status neighbours_start(struct neighbours *n, struct loop *l)
{
	if (n->loop)
		return ST_OK;
	n->fd = open_netlink();
	if (n->fd < 0)
		return ST_SYSTEM;
	n->loop = l;
	if (watch_start(l, &n->watch, n->fd) == ST_OK && ask_for_all(n))
		return ST_OK;
	neighbours_stop(n);
	return ST_SYSTEM;
}

void neighbours_stop(struct neighbours *n)
{
	struct neighbour *gone;

	if (n->loop) {
		timer_stop(&n->retry);
		watch_stop(&n->watch);
		close(n->fd);
	}
	n->fd = -1;
	n->loop = NULL;
	n->dumping = n->again = false;
	pthread_mutex_lock(&n->lock);
	gone = n->table;
	n->table = NULL;
	n->room = n->n = 0;
	n->whole = false;
	memset(n->nobody, 0, sizeof n->nobody);
	pthread_mutex_unlock(&n->lock);
	free(gone);
}
