/* SPDX-License-Identifier: ISC */
#include <sys/stat.h>

#include "store/lease_lab_test.h"
#include "test/test.h"

TEST(a_copy_of_a_text_has_its_leases_and_touches_nothing)
{
	struct lab lab;

	lab_init(&lab);
	lab.store = "copy";
	lab_write(lab.file, "1900000000 02:00:00:00:00:07 192.0.2.7 seven 01:02\n"
			    "no lease\n"
			    "0 02:00:00:00:00:08 192.0.2.8 * *\n");
	CHECK_EQ(lab_open(&lab), ST_OK);
	CHECK_EQ(leases_count(lab.leases), 2);
	CHECK_TEXT(lab_at(&lab, 7)->name, "seven");
	CHECK_EQ(lab_at(&lab, 8)->expires_s, 0);
	CHECK_EQ(lab_count(&lab, ""), 3);	/* it, "." and "..": no database, no lock */
	lab_stop(&lab);
	lab_done(&lab);
}

TEST(a_copy_leaves_a_lease_out_that_ended_and_keeps_its_line)
{
	static const char line[] = "1000 02:00:00:00:00:07 192.0.2.7 seven *\n";
	struct lab lab;

	lab_init(&lab);
	lab.store = "copy";
	lab_write(lab.file, line);
	CHECK_EQ(lab_open(&lab), ST_OK);
	CHECK_EQ(leases_count(lab.leases), 0);
	lab_stop(&lab);
	CHECK_TEXT(lab_read(lab.file), line);
	lab_done(&lab);
}

TEST(a_copy_of_what_is_not_there_says_so)
{
	struct lab lab;

	lab_init(&lab);
	lab.store = "copy";
	CHECK_EQ(lab_open(&lab), ST_UNKNOWN);
	CHECK(strstr(lab.why, "No such file"));
	lab_done(&lab);
}
