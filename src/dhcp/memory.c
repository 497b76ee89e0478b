/* SPDX-License-Identifier: ISC */
#include "dhcp/memory.h"

#include "base/must.h"

static size_t find_probed(const struct dhcp_memory *m, const struct addr *a)
{
	size_t i = 0;

	while (i < COUNT_OF(m->probed) && !addr_eq(&m->probed[i].addr, a))
		i++;
	return i;
}

void dhcp_memory_probed(struct dhcp_memory *m, const struct addr *a, bool in_use, struct now now)
{
	size_t i = find_probed(m, a);

	if (i == COUNT_OF(m->probed))
		i = m->next_probed++ % COUNT_OF(m->probed);
	m->probed[i].addr = *a;
	m->probed[i].at_ms = now.mono_ms;
	m->probed[i].in_use = in_use;
}

enum dhcp_probed dhcp_memory_probe(const struct dhcp_memory *m, const struct addr *a,
				   struct now now)
{
	size_t i = find_probed(m, a);

	if (i == COUNT_OF(m->probed) || now.mono_ms - m->probed[i].at_ms > DHCP_PROBE_CACHE_MS)
		return PROBED_UNKNOWN;
	return m->probed[i].in_use ? PROBED_IN_USE : PROBED_FREE;
}

static size_t find_range(const struct dhcp_memory *m, const struct addr *start)
{
	size_t i = 0;

	while (i < COUNT_OF(m->range) && !addr_eq(&m->range[i].start, start))
		i++;
	return i;
}

static struct dhcp_range_memory *take_range(struct dhcp_memory *m, const struct addr *start)
{
	size_t i = find_range(m, start);

	if (i == COUNT_OF(m->range)) {
		i = m->next_range++ % COUNT_OF(m->range);
		m->range[i] = (struct dhcp_range_memory){ .start = *start };
	}
	return &m->range[i];
}

void dhcp_memory_failed(struct dhcp_memory *m, const struct addr *range_start)
{
	take_range(m, range_start)->failed++;
}

uint32_t dhcp_memory_failures(const struct dhcp_memory *m, const struct addr *range_start)
{
	size_t i = find_range(m, range_start);

	return i == COUNT_OF(m->range) ? 0 : m->range[i].failed;
}

void dhcp_memory_relayed(struct dhcp_memory *m, const struct addr *range_start,
			 const struct dhcp_relay_memory *relay)
{
	take_range(m, range_start)->relay = *relay;
}

struct dhcp_relay_memory dhcp_memory_relay(const struct dhcp_memory *m,
					   const struct addr *range_start)
{
	const struct dhcp_relay_memory none = { .router = { 0 } };
	size_t i = find_range(m, range_start);

	return i == COUNT_OF(m->range) ? none : m->range[i].relay;
}
