/* SPDX-License-Identifier: ISC */
#include "test/scenario.h"

#include <glob.h>

#include "test/test.h"

TEST(every_story_goes_as_it_is_told)
{
	glob_t stories = { 0 };

	CHECK_EQ(glob(LANLORD_SOURCE "/tests/scenario/*.txt", 0, NULL, &stories), 0);
	for (size_t i = 0; i < stories.gl_pathc; i++)
		if (!scenario_play(stories.gl_pathv[i]))
			test_failed(stories.gl_pathv[i], 0, "the story");
	CHECK(stories.gl_pathc >= 14);
	globfree(&stories);
}
