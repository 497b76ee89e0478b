/* SPDX-License-Identifier: ISC */
/*
 * socket -- a bound socket, described by a value, and the door that it comes
 * through.
 *
 * Who may bind opens it in place; who may not sends the description to a
 * process that may, and gets the descriptor back.  The services cannot tell
 * which: they ask their loop (loop_socket, udp_open).  Nothing here knows a
 * service or the configuration.
 *
 * Another program's use of the address is an error: nothing is shared unless
 * asked for.  A socket of IPv6 takes no IPv4.
 */
#pragma once

#include "base/addr.h"
#include "base/status.h"

enum socket_type { SOCKET_UDP, SOCKET_TCP };

struct socket_want {
	enum socket_type type;
	struct endpoint at;		/* address any: the wildcard of its family */
	char device[16];		/* the interface that a link-local address is on; "": none */
	bool only_device;		/* SO_BINDTODEVICE: nothing that came in elsewhere */
	bool share;			/* SO_REUSEADDR + SO_REUSEPORT with other programs */
	bool join;			/* SO_REUSEPORT with a socket of ours that lets others join; the
					 * kernel gives each of them its part of the packets */
	bool broadcast;			/* SO_BROADCAST */
};

/*
 * Bound, close-on-exec, never waits; one of TCP does not listen yet.
 * ST_TAKEN: the port is in use; ST_UNKNOWN: no such address, device or address
 * family here; ST_REFUSED: not permitted; ST_FULL: no memory; ST_SYSTEM.  errno
 * is set for all of them.
 */
enum status socket_open(const struct socket_want *want, int *out_fd);

/*
 * From now on sockets with `join` may be bound beside this one.  It was bound without, so
 * that another program's use of the address still was an error.  ST_SYSTEM.
 */
enum status socket_let_join(int fd);

/*
 * Another way to the same: called from the thread of any loop that has it, and
 * may wait for another process.  Besides the above, ST_UNNAMED and ST_GONE.
 */
struct socket_door {
	enum status (*open)(struct socket_door *d, const struct socket_want *want, int *out_fd);
};

/* What errno says of a system call that just failed. */
enum status status_of_errno(void);
