/* SPDX-License-Identifier: ISC */
#include <stdarg.h>
#include <stdio.h>

#include "app/failure.h"
#include "app/identity.h"
#include "app/log.h"

bool failure_set(struct failure *f, enum exit_code code, const char *format, ...)
{
	va_list args;

	f->code = code;
	va_start(args, format);
	vsnprintf(f->text, sizeof f->text, format, args);
	va_end(args);
	return false;
}

void failure_tell(const char *text, bool first)
{
	fprintf(stderr, "%s%s: %s\n", first ? "\n" : "", identity_name(), text);
	log_failure(text);
}
