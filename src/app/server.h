/* SPDX-License-Identifier: ISC */
/*
 * server -- everything that serves, wired together.
 *
 * The order in which its parts come to life is app/start.c's; how a new
 * configuration takes their places is app/reload.c's.  All of it is run on the
 * control loop's thread.
 */
#pragma once

#include "app/control.h"
#include "app/dns_service.h"
#include "app/dump.h"
#include "app/event_log.h"
#include "app/failure.h"
#include "app/generation.h"
#include "app/helper.h"
#include "app/hosts_dirs.h"
#include "app/http_service.h"
#include "app/lease_hw.h"
#include "app/privileges.h"
#include "app/reload.h"
#include "app/reread.h"
#include "app/sandbox.h"
#include "app/script.h"
#include "app/signals.h"
#include "app/tftp_thread.h"
#include "boot/log.h"
#include "dhcp/log.h"
#include "dhcp/host.h"
#include "dhcp/server.h"
#include "dns/log.h"
#include "net/loop.h"
#include "store/counters.h"
#include "store/events.h"
#include "store/lease_tags.h"
#include "store/leases.h"

struct fixed;

#define SERVER_NO_HELPER                                                                          \
	"the helper process is gone, and only it may read the configuration; start the server anew"
#define SERVER_HALF_READ                                                                          \
	"a file could not be read to its end: what was known before is kept, of all files"

struct server {
	struct command_line line;
	struct generation *now;		/* the configuration that serves */
	struct fixed *fixed;		/* what it cannot change any more, as it was at start */
	unsigned number;		/* of it; 1 at start */
	struct helper *helper;		/* NULL: not started as root */
	struct socket_door door;	/* where every loop's sockets come from */
	int runner;			/* of conf-script; -1: none */
	pid_t runner_pid;
	struct run_as run_as;
	struct sandbox sandbox;
	char *start_folder;		/* where relative paths count from */
	struct conf_files own_files;	/* paths from there, without a helper */
	char *pid_file;			/* written and to be removed; NULL: none */

	struct loop *loop;
	struct signals signals;
	struct reader *reader;
	struct reread reread[CHANGE_FOLDERS + 1];	/* by what is to change */
	struct reload reload;
	struct control *control;	/* NULL: none */
	struct events events;
	struct event_log event_log;	/* JSON, or */
	struct boot_log boot_log;	/* text */
	struct dhcp_log dhcp_log;
	struct dns_log dns_log;
	struct dump dump;
	struct counters counters;
	struct dns_service *dns;	/* NULL: no DNS */
	struct leases *leases;		/* NULL: no DHCP */
	struct dhcp_server *dhcp;	/* NULL: no DHCP */
	struct dhcp_files *host_files;	/* what it reads beside the configuration */
	struct hosts_dirs host_dirs;	/* dhcp-hostsdir and dhcp-optsdir, watched */
	struct dhcp_names host_names;	/* and whom it asks about names */
	struct lease_hw lease_hw;	/* of the leases, for TFTP's thread */
	struct lease_tags *lease_tags;	/* the same of their tags, for DNS's */
	struct files *files;		/* below the served roots */
	struct tftp_thread *tftp;	/* NULL: no TFTP */
	struct http_service *http;	/* NULL: no HTTP */
	struct script *script;		/* NULL: no dhcp-script */
	int64_t started_ms;
	bool ending;
	int exit_code;
};

/* ---- opening, in this order --------------------------------------------------- */

/* Signals wait for the loop from now on.  ST_SYSTEM: see errno. */
enum status server_listen_to_signals(struct server *s);

/* The control socket; a server without one serves all the same. */
void server_open_control(struct server *s);

/* What --test accepts and a start refuses: it only shows on the machine that serves. */
bool server_check(const struct server *s, const struct generation *g, struct failure *f);

/* The loop, both of these, and every other socket.  False: *f says why. */
bool server_open_sockets(struct server *s, struct failure *f);

/* The lease store, owned by whom the server becomes. */
bool server_open_store(struct server *s, struct failure *f);

/* The name service, as this configuration has it; no data to answer by yet. */
bool server_open_dns(struct server *s, const struct generation *g, struct failure *f);

/* Holds the roots of a configuration open, where they can be reached. */
void server_add_roots(struct server *s, const struct generation *g);

/* The folders that the sandbox must leave open. */
void server_allow_folders(struct server *s);

/* The threads, and everything that waits for events. */
bool server_start(struct server *s, struct failure *f);

/* What of the services is logged. */
void server_configure_logs(struct server *s, const struct generation *g);

/* ---- serving -------------------------------------------------------------------- */

/* Until a signal ends it. */
void server_run(struct server *s);

/* In reverse; also what was only half started. */
void server_stop(struct server *s);

/* A path of the configuration from the root: from malloc. */
char *server_path(const struct server *s, const char *path);

/* The thread that reads, through the helper or from the file system; no thread yet. */
void server_open_reader(struct server *s);

/* The first reading of what is beside the configuration: serves by it when it returns. */
void server_read_files(struct server *s);
