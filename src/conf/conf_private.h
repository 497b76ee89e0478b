/* SPDX-License-Identifier: ISC */
/*
 * The inside of struct conf, shared by the readers: conf.c (one option),
 * files.c (files and folders), command_line.c.
 */
#pragma once

#include <sys/types.h>

#include "conf/args.h"
#include "conf/chars.h"
#include "conf/conf.h"
#include "conf/errors.h"
#include "conf/index.h"

struct seen_file { dev_t device; ino_t inode; };

/* Where an option stands: single-valued ones may be given once in each place. */
enum conf_place { PLACE_COMMAND_LINE, PLACE_FILES };

struct conf {
	struct arena arena;
	struct errors errors;
	struct index index;
	const struct conf_section *const *sections;	/* ours first */
	void **objects;
	size_t sections_n;
	struct conf_files *files;
	const char *default_file;	/* what an empty conf-file= means; or NULL */
	struct seen_file *seen;		/* each inode is read once */
	size_t seen_n, seen_room;
	const char **paths;
	size_t paths_n, paths_room;
	const char **commands;
	size_t commands_n, commands_room;
	unsigned depth;			/* of files including files */
};

extern const struct conf_section conf_own_section;
struct conf_own { struct conf *conf; };
extern const struct conf_row *const conf_file_row;

/* Reads one option; value is NULL for a bare one.  `name` is as the user wrote it. */
void conf_apply(struct conf *c, enum conf_place place, struct conf_option *option, const char *name,
		struct origin o, const struct chars *value, struct arena *scratch);

/* The same of a plain value in a file; false: it is none.  The row has a .take_plain and is no alias. */
bool conf_apply_plain(struct conf *c, struct conf_option *option, struct origin o,
		      struct span value);

/* "unknown option "x"; write "y"". */
void conf_unknown(struct conf *c, const struct origin *o, const char *name, size_t length);

/* One more path for conf_paths. */
void conf_add_path(struct conf *c, const char *path);

/* What a command prints; `o` is whose request it is. */
void conf_include_output(struct conf *c, const struct origin *o, const char *command);

/* `o` is whose request it is; NULL for the file that the program starts from. */
void conf_include(struct conf *c, const struct origin *o, const char *path, bool must_exist);
