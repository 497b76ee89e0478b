/* SPDX-License-Identifier: ISC */
#include "app/identity.h"
#include "app/questions.h"
#include "app/start.h"
#include "app/words.h"

int main(int argc, char **argv)
{
	identity_init(argv[0]);
	if (words_name_program(argv[0]))
		return words_run_program(argv);
	if (argc > 1 && words_know(argv[1]))
		return words_run(argc, argv);
	if (questions_manual(argc, argv))
		return 0;
	return start(argc, argv);
}
