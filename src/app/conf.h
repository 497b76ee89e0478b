/* SPDX-License-Identifier: ISC */
/*
 * conf -- what the operator may say about the process itself: whose it is, where
 * its pid and its log go, and what it is asked to print instead of serving.
 */
#pragma once

#include "conf/conf.h"

enum app_question { ASKED_NOTHING, ASKED_VERSION, ASKED_HELP };
enum log_target { LOG_TO_SYSLOG, LOG_TO_STDERR, LOG_TO_FILE };

struct app_conf {
	const char *user;		/* "": stay root */
	const char *group;		/* NULL: dip, or the user's own; "": stay in it */
	const char *pid_file;		/* "": none */
	bool no_daemon;			/* -d: debug mode */
	bool foreground;		/* -k */
	enum app_question question;	/* the first on the command line */
	bool test;			/* asked for on the command line */

	enum log_target log_target;
	bool log_target_given;
	int log_facility;		/* syslog's number, shifted; LOG_TO_SYSLOG */
	const char *log_file;		/* LOG_TO_FILE */
	bool log_async;
	uint32_t log_async_lines;	/* the queue's length */
	bool log_debug;
	bool log_json;
	bool log_queries;
	bool log_queries_extra;		/* with the question's number and who asked */
	bool log_queries_proto;		/* with UDP or TCP */
	bool log_queries_auth;		/* those alone that strangers ask of zones */
	const char *dump_file;		/* NULL: none */
	uint32_t dump_mask;
};

extern const struct conf_section app_section;
