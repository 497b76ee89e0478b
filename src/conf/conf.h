/* SPDX-License-Identifier: ISC */
/*
 * conf -- one generation of the configuration: read whole, checked whole, then
 * immutable.
 *
 * conf_new() makes an empty one over the sections it is given; the readers fill
 * it; conf_check() runs the sections' checks.  Errors are collected, not fatal:
 * all of them are reported together at the end.  Everything that a generation
 * holds lies in its arena and dies with it.
 */
#pragma once

#include "base/arena.h"
#include "base/addr.h"
#include "base/origin.h"
#include "base/status.h"
#include "conf/row.h"

struct conf;
struct looked_up;

/* Where files come from, and the addresses of hosts.  Without one the file system is read and the
 * machine's resolver asked; the helper process hands over descriptors and addresses, tests hand over
 * text. */
struct conf_files {
	/* An open descriptor for reading, with these flags (O_RDONLY and O_CLOEXEC, O_DIRECTORY
	 * for a folder), or -1 with errno.  The reader closes it. */
	int (*open)(struct conf_files *f, const char *path, int flags);
	/* See conf/look_up.h; NULL: no name has an address. */
	void (*look_up)(struct conf_files *f, const char *host, enum addr_family family,
			struct looked_up *out);
	/* As script_run (conf/script.h); NULL: no command can be run here. */
	int (*run)(struct conf_files *f, const char *command, int *out_status);
	/* Has the reading lost its purpose?  Then it need not go on: nobody will see what it made.
	 * NULL: it never does. */
	bool (*ends)(const struct conf_files *f);
	/* Told when a file or folder that could be opened gave a part of itself and then an error.
	 * NULL: nobody. */
	void (*broke)(struct conf_files *f);
};

struct conf *conf_new(const struct conf_section *const *sections, size_t n,
		      struct conf_files *files /* or NULL */);
void conf_free(struct conf *c);

/* The struct that a section filled. */
void *conf_section(struct conf *c, const struct conf_section *s);

struct arena *conf_arena(struct conf *c);

/* As given to conf_new. */
struct conf_files *conf_files_of(const struct conf *c);

/*
 * Reads the command line as dnsmasq would: long options with = or as a separate
 * argument, unambiguous abbreviations, short flags bundled as getopt would, an
 * empty positional argument tolerated; then the file of the first -C (default
 * `default_file`, which may be missing; NULL: none), whose single values win.
 */
void conf_read_args(struct conf *c, int argc, char **argv, const char *default_file);

/* A file in dnsmasq's syntax; `must_exist` makes its absence an error. */
void conf_read_file(struct conf *c, const char *path, bool must_exist);

/* Text as if it were the file `name`; for tests and fuzzing. */
void conf_read_text(struct conf *c, const char *name, struct span text);

void conf_check(struct conf *c);

/*
 * Right-hand sides of one option, a line each (dhcp-hostsfile and its like).
 * take() fills `object`; a bad line is reported through `bad` and skipped.
 * ST_UNKNOWN: no such file; ST_SYSTEM: see errno.
 */
typedef void conf_bad_line(void *arg, const struct origin *o, const char *what);
enum status conf_read_values(struct arena *arena, struct conf_files *files, const char *path,
			     const char *option, bool (*take)(struct args *a, void *object),
			     void *object, conf_bad_line *bad, void *arg);

/* The same of a file of lines NAME=VALUE, as in a configuration, of these options alone
 * (servers-file). */
struct conf_setting {
	const char *name;
	bool (*take)(struct args *a, void *object);
	/* As conf_row.take_plain; or NULL. */
	bool (*take_plain)(struct span value, struct origin o, struct arena *arena, void *object);
};
enum status conf_read_settings(struct arena *arena, struct conf_files *files, const char *path,
			       const struct conf_setting *settings, size_t n, void *object,
			       conf_bad_line *bad, void *arg);

/* A mistake of the user's: "what is wrong; what to write instead".  Returns false. */
__attribute__((format(printf, 3, 4)))
bool conf_error(struct conf *c, const struct origin *o, const char *format, ...);

/* As conf_error, but the exit code is dnsmasq's EC_FILE (3): a file that cannot be read. */
__attribute__((format(printf, 3, 4)))
bool conf_file_error(struct conf *c, const struct origin *o, const char *format, ...);

/* As conf_error, with an exit code of its own. */
__attribute__((format(printf, 4, 5)))
bool conf_error_exit(struct conf *c, const struct origin *o, int exit_code, const char *format, ...);

/* Opens a file that belongs to the configuration, for reading; -1 with errno. */
int conf_open(struct conf *c, const char *path);

size_t conf_errors(const struct conf *c);
/* Error i, "file:line: what; remedy", in the order of file and line of reading.  Only the first
 * few hundred are told. */
const char *conf_error_text(const struct conf *c, size_t i);
/* That of the first error, as dnsmasq's: 0 without errors; 1 configuration; 3 a file; 5 else. */
int conf_exit_code(const struct conf *c);

/* Which row a name or flag means, over all sections; NULL if none. */
const struct conf_row *conf_row_named(const struct conf *c, const char *name);
/* Was this option given (by any line)?  Its first origin, or NULL. */
const struct origin *conf_given(const struct conf *c, const char *name);

/* Was something wrong before it was first given? */
bool conf_after_mistake(const struct conf *c, const char *name);

/* Every command that options were read from.  Borrowed. */
size_t conf_commands(const struct conf *c, const char *const **out);

/* Every path that the configuration was read from, and every directory listed: for the
 * helper, which opens only these.  Borrowed. */
size_t conf_paths(const struct conf *c, const char *const **out);
