/* SPDX-License-Identifier: ISC */
/*
 * SipHash-1-3 of a name's bytes, letters small.
 */
#include "base/siphash.h"
#include "wire/dname.h"
#include "wire/dname_fold.h"

uint64_t dname_hash(struct span name, const struct dname_key *key)
{
	struct sip s = sip_start(key->k[0], key->k[1]);
	size_t whole = name.n / 8 * 8;

	for (size_t i = 0; i < whole; i += 8)
		sip13_word(&s, fold_eight(eight_bytes(name.p + i)));
	sip13_word(&s, (uint64_t)name.n << 56 | fold_eight(few_bytes(name.p + whole, name.n - whole)));
	return sip13_end(&s);
}
