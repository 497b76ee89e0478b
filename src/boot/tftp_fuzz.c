/* SPDX-License-Identifier: ISC */
/*
 * A whole story of TFTP: each input is a row of datagrams to one server, in
 * virtual time.  The first byte chooses the settings; then a byte for whom and
 * to where, a byte of length, and so many bytes.
 *
 * fuzzes: wire/tftp.c
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/must.h"
#include "boot/tftp.h"
#include "net/sim.h"
#include "wire/tftp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char root_path[64];

static void root_remove(void)
{
	char command[96];

	snprintf(command, sizeof command, "rm -rf '%s'", root_path);
	if (system(command) != 0)
		perror(root_path);
}

static void root_make(void)
{
	static const uint8_t bytes[2000] = { [100] = '\n', [511] = '\n', [1023] = '\r' };
	char path[96];
	int fd;

	strcpy(root_path, "/tmp/lanlord-fuzz-XXXXXX");
	must(mkdtemp(root_path));
	snprintf(path, sizeof path, "%s/d", root_path);
	must(mkdir(path, 0755) == 0);
	snprintf(path, sizeof path, "%s/a", root_path);
	fd = open(path, O_WRONLY | O_CREAT, 0644);
	must(fd >= 0 && write(fd, bytes, sizeof bytes) == sizeof bytes);
	close(fd);
	atexit(root_remove);
}

/* Nothing that was sent is longer than was agreed; where transfers answer from is learnt. */
static void take_sent(struct loop *l, uint16_t ports[4])
{
	struct sim_sent s;

	while (sim_sent_next(l, &s)) {
		must(s.d.data.n >= 4 && s.d.data.n <= TFTP_HEAD + TFTP_BLOCK_MAX);
		if (s.d.from.port)
			ports[s.d.to.port & 3] = s.d.from.port;
	}
}

static void play(struct loop *l, struct reader *r)
{
	struct dgram d = { .ifindex = 1 };
	uint16_t ports[4] = { TFTP_PORT, TFTP_PORT, TFTP_PORT, TFTP_PORT };

	must(addr_parse("192.0.2.9", &d.from.addr) && addr_parse("192.0.2.1", &d.to.addr));
	while (reader_left(r)) {
		uint8_t how = reader_u8(r);
		size_t n = reader_u8(r);

		d.from.port = (uint16_t)(1000 + (how & 3));
		d.to.port = how & 4 ? ports[how >> 3 & 3] : TFTP_PORT;
		d.data = reader_take(r, n);
		if (!reader_ok(r))
			break;
		sim_deliver(l, &d);
		sim_run_for(l, how & 0x80 ? 3000 : 1);
		take_sent(l, ports);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader r = reader_of(span_of(data, size));
	struct udp_want any = { .at.addr.family = ADDR_IP4 };
	struct lan_conf lan = { 0 };
	uint8_t how = reader_u8(&r);
	struct boot_root root = { .path = root_path };
	struct boot_conf boot = {
		.tftp = true, .max = how & 1 ? 2 : 50, .single_port = how & 2,
		.lowercase = how & 4, .tftp_roots = &root, .unique = how >> 3 & 1,
		.symlinks = how >> 4 & 1, .no_blocksize = how & 0x20,
	};

	if (!root_path[0]) {
		umask(022);
		root_make();
	}

	struct loop *l = sim_new(1);
	struct files *files = files_new(0);
	struct counters counters = { 0 };

	sim_netif_add(l, "eth0", "192.0.2.1/24", "02:00:00:00:00:01");

	struct tftp *t = tftp_new(l, files, NULL, &counters);

	must(tftp_configure(t, &boot, &lan) == ST_OK && tftp_listen(t, &any) == ST_OK);
	play(l, &r);
	must(tftp_transfers(t) <= boot.max);
	sim_run_for(l, 600000);			/* nobody answers any more */
	must(tftp_transfers(t) == 0);
	tftp_free(t);
	files_free(files);
	sim_free(l);
	return 0;
}
