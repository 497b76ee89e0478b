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

void dhcp_memory_failed(struct dhcp_memory *m, const struct addr *range_start)
{
	size_t i = find_range(m, range_start);

	if (i == COUNT_OF(m->range)) {
		i = m->next_range++ % COUNT_OF(m->range);
		m->range[i].start = *range_start;
		m->range[i].failed = 0;
	}
	m->range[i].failed++;
}

uint32_t dhcp_memory_failures(const struct dhcp_memory *m, const struct addr *range_start)
{
	size_t i = find_range(m, range_start);

	return i == COUNT_OF(m->range) ? 0 : m->range[i].failed;
}
