/* SPDX-License-Identifier: ISC */
/*
 * dns_pace ADDRESS PORT FIRST NAMES SECONDS RATE -- asks RATE questions a second, whether they are
 * answered or not, for names at random out of NAMES from FIRST on, from SOCKETS ports.
 *
 * Prints questions, answers, and the milliseconds that the median answer, the 99th in a
 * hundred and the slowest took; an answer that has not come after LOST_MS counts as none.
 */
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "dns_name.h"

#define SOCKETS 16
#define IDS 65536
#define LOST_MS 10000
#define PAUSE_US 100

static struct { int64_t sent_us[IDS]; } port[SOCKETS];
static struct pollfd fds[SOCKETS];
static uint32_t *took_us;
static size_t asked, answers;

static int64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000000) + t.tv_nsec / 1000;
}

static void ask_one(uint32_t number)
{
	uint8_t message[DNS_HEADER + QUESTION_BYTES] = { 0, 0, 1, 0, 0, 1 };
	size_t s = asked % SOCKETS;
	uint16_t id = (uint16_t)(asked / SOCKETS);

	message[0] = (uint8_t)(id >> 8);
	message[1] = (uint8_t)id;
	question_write(message + DNS_HEADER, number);
	port[s].sent_us[id] = now_us();
	asked++;
	if (send(fds[s].fd, message, sizeof message, 0) < 0)
		port[s].sent_us[id] = 0;
}

static void hear(size_t s)
{
	uint8_t reply[512];
	ssize_t n;

	while ((n = recv(fds[s].fd, reply, sizeof reply, MSG_DONTWAIT)) >= DNS_HEADER) {
		uint16_t id = (uint16_t)(reply[0] << 8 | reply[1]);

		if (!port[s].sent_us[id] || (reply[3] & 15) != 0)
			continue;
		took_us[answers++] = (uint32_t)(now_us() - port[s].sent_us[id]);
		port[s].sent_us[id] = 0;
	}
}

static void hear_all(int wait_ms)
{
	if (poll(fds, SOCKETS, wait_ms) <= 0)
		return;
	for (size_t s = 0; s < SOCKETS; s++)
		if (fds[s].revents)
			hear(s);
}

static int by_time(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static void open_ports(const char *address, const char *number)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(number)) };

	inet_pton(AF_INET, address, &to.sin_addr);
	for (size_t s = 0; s < SOCKETS; s++) {
		fds[s].fd = socket(AF_INET, SOCK_DGRAM, 0);
		fds[s].events = POLLIN;
		if (fds[s].fd < 0 || connect(fds[s].fd, (struct sockaddr *)&to, sizeof to) != 0)
			exit(1);
	}
}

int main(int argc, char **argv)
{
	int64_t start_us, end_us;
	uint32_t first, names;
	double rate;

	if (argc != 7)
		return 2;
	first = (uint32_t)strtoul(argv[3], NULL, 10);
	names = (uint32_t)strtoul(argv[4], NULL, 10);
	rate = atof(argv[6]);
	took_us = calloc((size_t)(atof(argv[5]) * rate) + 1000, sizeof *took_us);
	open_ports(argv[1], argv[2]);
	start_us = now_us();
	end_us = start_us + (int64_t)(atof(argv[5]) * 1e6);
	while (now_us() < end_us) {
		size_t due = (size_t)((double)(now_us() - start_us) * rate / 1e6);

		while (asked < due)
			ask_one(first + (uint32_t)random() % names);
		hear_all(0);
		usleep(PAUSE_US);
	}
	end_us = now_us() + LOST_MS * INT64_C(1000);
	while (answers < asked && now_us() < end_us)
		hear_all(50);
	if (!answers)
		return 1;
	qsort(took_us, answers, sizeof *took_us, by_time);
	printf("%zu %zu %.2f %.2f %.2f\n", asked, answers, took_us[answers / 2] / 1e3,
	       took_us[answers * 99 / 100] / 1e3, took_us[answers - 1] / 1e3);
	return 0;
}
