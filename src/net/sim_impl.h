/* SPDX-License-Identifier: ISC */
/*
 * sim_impl -- what the files of the simulation share: sim.c has time, interfaces
 * and datagrams, sim_stream.c the connections.
 */
#pragma once

#include "net/sim.h"
#include "net/stream_impl.h"

struct sim_listener;

struct sim_streams {
	struct sim_listener *listeners;
	struct sim_peer *peers, **peers_end;	/* oldest first; all that ever were */
};

struct sim_streams *sim_streams_of(const struct loop *l);
void sim_streams_done(struct sim_streams *s);

void *sim_alloc(size_t n);
/* Is the address, any and loopback too, one of this machine, and the device (NULL: any) there? */
bool sim_has(const struct loop *l, const struct addr *a, const char *device);
uint16_t sim_port(struct loop *l);		/* by chance, as for port 0 */

enum status sim_stream_listen(struct loop *loop, struct stream_listener *l,
			      const struct stream_want *want);
void sim_stream_unlisten(struct stream_listener *l);
enum status sim_stream_take(struct stream_listener *l, struct stream *s);
enum status sim_stream_open(struct loop *loop, struct stream *s, const struct stream_want *want);
void sim_stream_flush(struct stream *s);
void sim_stream_release(struct stream *s);
