/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "boot/tftp_private.h"

/* ---- descriptors ------------------------------------------------------------ */

static bool is_same(const struct shared_file *s, const struct files_found *f)
{
	return s->device == f->device && s->inode == f->inode && s->size == f->size &&
	       s->mtime_s == f->mtime_s;
}

struct shared_file *shared_open(struct tftp *t, const struct files_found *found)
{
	struct shared_file *s;

	for (s = t->shared; s; s = s->next)
		if (is_same(s, found)) {
			close(found->fd);
			s->users++;
			return s;
		}
	s = t->shared_free;
	if (!s) {
		close(found->fd);
		return NULL;
	}
	t->shared_free = s->next;
	*s = (struct shared_file){
		.fd = found->fd, .device = found->device, .inode = found->inode,
		.size = found->size, .mtime_s = found->mtime_s, .users = 1, .next = t->shared,
	};
	t->shared = s;
	return s;
}

void shared_close(struct tftp *t, struct shared_file *s)
{
	struct shared_file **at = &t->shared;

	if (--s->users)
		return;
	while (*at != s)
		at = &(*at)->next;
	*at = s->next;
	close(s->fd);
	s->next = t->shared_free;
	t->shared_free = s;
}

/* ---- blocks ------------------------------------------------------------------ */

/* Exactly n bytes; a file that became shorter meanwhile is an error. */
static bool read_exactly(int fd, uint8_t *out, size_t n, uint64_t offset)
{
	while (n) {
		ssize_t got = pread(fd, out, n, (off_t)offset);

		if (got < 0 && errno == EINTR)
			continue;
		if (got == 0)
			errno = EIO;
		if (got <= 0)
			return false;
		out += got;
		n -= (size_t)got;
		offset += (uint64_t)got;
	}
	return true;
}

static bool is_ahead(const struct transfer *x, uint64_t offset, size_t n)
{
	return offset >= x->ahead_from && offset - x->ahead_from <= x->ahead_n &&
	       n <= x->ahead_n - (size_t)(offset - x->ahead_from);
}

/* One read serves several blocks; a block too large for that is read alone. */
static bool read_ahead(struct transfer *x, uint8_t *out, size_t n, uint64_t offset)
{
	uint64_t left = x->file->size - offset;
	size_t most = left < AHEAD ? (size_t)left : AHEAD;

	if (n > AHEAD)
		return read_exactly(x->file->fd, out, n, offset);
	if (!is_ahead(x, offset, n)) {
		x->ahead_n = 0;
		if (!read_exactly(x->file->fd, x->ahead, most, offset))
			return false;
		x->ahead_from = offset;
		x->ahead_n = most;
	}
	memcpy(out, x->ahead + (offset - x->ahead_from), n);
	return true;
}

static ptrdiff_t read_octet(struct transfer *x, uint8_t *out)
{
	uint64_t left = x->file->size - x->start.offset;
	size_t n = left < x->blksize ? (size_t)left : x->blksize;

	if (!read_ahead(x, out, n, x->start.offset))
		return -1;
	x->after.offset = x->start.offset + n;
	return (ptrdiff_t)n;
}

/*
 * LF becomes CR LF, which a block's end may part.  A CR stays as it is, as
 * dnsmasq sends it (RFC 764 would have CR NUL).
 */
static ptrdiff_t read_netascii(struct transfer *x, uint8_t *out)
{
	uint64_t left = x->file->size - x->start.offset;
	size_t n = left < x->blksize ? (size_t)left : x->blksize;
	const uint8_t *raw = x->tftp->raw;
	bool owes_lf = x->start.owes_lf;
	size_t used = 0, made = 0;

	if (!read_exactly(x->file->fd, x->tftp->raw, n, x->start.offset))
		return -1;
	while (made < x->blksize && (owes_lf || used < n)) {
		if (owes_lf) {
			out[made++] = '\n';
			owes_lf = false;
		} else {
			owes_lf = raw[used] == '\n';
			out[made++] = owes_lf ? '\r' : raw[used];
			used++;
		}
	}
	x->after = (struct block_start){ x->start.offset + used, owes_lf };
	return (ptrdiff_t)made;
}

ptrdiff_t block_read(struct transfer *x, uint8_t *out)
{
	ptrdiff_t n = x->mode == TFTP_NETASCII ? read_netascii(x, out) : read_octet(x, out);

	x->last = n >= 0 && (size_t)n < x->blksize;
	return n;
}
