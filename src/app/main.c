/* SPDX-License-Identifier: ISC */
#include <stdio.h>

int main(void)
{
	fprintf(stderr, "lanlord: no configuration\n");
	return 1;
}
