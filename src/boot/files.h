/* SPDX-License-Identifier: ISC */
/*
 * files -- from a name that a stranger sent to an open file, for TFTP and HTTP.
 *
 * A name is made clean first, as text alone: what comes out has no "..", no
 * control byte and no leading slash, so that nothing in it leads up.  It is then
 * opened beneath its root.  Links that the administrator put there are followed
 * wherever they lead, or (FILES_INSIDE) only while they stay beneath the root.
 * Only regular files are opened, under dnsmasq's access rules.
 *
 * It knows no protocol.  One object serves all threads.
 */
#pragma once

#include <sys/types.h>

#include "base/span.h"
#include "base/status.h"

#define FILES_NAME_MAX 1024		/* bytes of a name below its root, without the NUL */

/* What became of a request for a file. */
enum files_result {
	FILES_OK,
	FILES_MISSING,			/* no such file */
	FILES_FORBIDDEN,		/* the name leads out of the root, or the file is not for all */
	FILES_NOT_A_FILE,		/* a directory, a device …; .error says which */
	FILES_FAILED,			/* see .error */
};

/* A name below a root; "" is the root itself. */
struct files_name { char s[FILES_NAME_MAX + 1]; };

enum files_form {
	FILES_PLAIN = 0,
	FILES_BACKSLASH = 1,		/* "\" separates too */
	FILES_LOWER = 2,		/* ASCII letters become lower case */
};

/*
 * Makes a name clean.  `root` (or NULL) is a path that the name may repeat at
 * its front, as dnsmasq accepts it; other leading slashes mean nothing.  An
 * empty component and "." are left out; a slash at the end stays, since only a
 * directory has it.  FILES_FORBIDDEN: ".." or a control byte (NUL, DEL) in it;
 * FILES_MISSING: too long for any file.  *out is untouched then.
 */
enum files_result files_clean(struct span asked, enum files_form form, const char *root,
			      struct files_name *out);

/* "root/dir/name" with the slashes that are needed; dir "" for none.  False if cut. */
bool files_path(const char *root, const char *dir, const char *name, char *out, size_t size);

struct files;

/*
 * `run_as` is the user that the server serves as.  Started as root and serving
 * as root, only world-readable files are sent.
 */
struct files *files_new(uid_t run_as);
void files_free(struct files *f);

/*
 * A root, known by its path from now on and held open, for the time when the
 * path itself can no longer be walked.  Call it before privileges are dropped
 * and after each reload; a path that is known already changes nothing.
 * ST_SYSTEM: it cannot be opened now (errno); it is looked for again at each
 * request.  ST_FULL: too many roots.
 */
enum status files_add_root(struct files *f, const char *path);

/*
 * Where the sandbox stands before a link that leads out of a root, `open` is
 * asked for the file: a descriptor to read, or -1 with errno.  It opens as the
 * user run_as and follows links; path is clean and begins with one of the roots.
 * Set before threads start.
 */
typedef int files_open_outside(void *arg, const char *path);
void files_set_opener(struct files *f, files_open_outside *open, void *arg);

enum files_rule {
	FILES_ANY = 0,
	FILES_INSIDE = 1,		/* links may not leave the root; absolute ones never count */
	FILES_OWNED = 2,		/* only files of the user run_as (no effect for root) */
};

struct files_found {
	int fd;				/* close it */
	uint64_t size;
	int64_t mtime_s;
	dev_t device;
	ino_t inode;
	int error;			/* errno of a failure */
};

/* Opens root/dir/name for reading; dir is "" or one clean component. */
enum files_result files_open(struct files *f, const char *root, const char *dir,
			     const struct files_name *name, enum files_rule rule,
			     struct files_found *out);

/* Is there a directory of this name (one clean component) in the root? */
bool files_has_dir(struct files *f, const char *root, const char *dir);

/* For tests: do without openat2, as on an old kernel. */
void files_without_openat2(struct files *f);
