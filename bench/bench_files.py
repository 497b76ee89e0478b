# SPDX-License-Identifier: ISC
"""Boot files, by TFTP and by HTTP, as curl fetches them."""

import concurrent.futures
import contextlib
import os
import time

import servers

TFTP_PEERS = ["lanlord", "dnsmasq"]
HTTP_PEERS = ["lanlord", "nginx"]
TFTP_USES = [*TFTP_PEERS, "curl"]
HTTP_USES = [*HTTP_PEERS, "curl"]
TFTP_MB, HTTP_MB = 2, 256
ROUNDS = 5

TFTP = "port=0\nenable-tftp\ntftp-root={dir}/files\nquiet-tftp\n"
HTTP = "port=0\nhttp-root={dir}/files\n"
NGINX = """daemon off;
worker_processes 1;
pid {dir}/pid;
error_log {dir}/log;
events { worker_connections 1024; }
http {
 access_log off;
 sendfile on;
 tcp_nopush on;
 client_body_temp_path {dir}/body;
 server { listen 80; root {dir}/files; }
}
"""


def _how(name, text, image):
    if name != "nginx":
        how = servers.like_dnsmasq(name, text)
    else:
        how = {"files": {"conf": NGINX}, "ready": None,
               "command": [servers.PROGRAMS["nginx"][0], "-c", "{dir}/conf"]}
    return how | {"files": how["files"] | {"files/image": image}}


def _image(megabytes):
    return os.urandom(1 << 20) * megabytes


class Fetched(servers.Server):
    """A file server, and a host that fetches its one file."""

    def __init__(self, name, how, url, *options):
        super().__init__(name, how, port=80)
        self.host = self.lab.host(address="10.77.0.2/24")
        self.url, self.options = f"{url}://{servers.labs.SERVER_IP}/image", options
        self.image = how["files"]["files/image"]
        if self.host.run("curl", "-s", *options, self.url, timeout=120).stdout != self.image:
            raise SystemExit(f"bench: {name} serves another file")

    def fetch(self, clients, times):
        """MB a second, and the server's CPU seconds a GB: CLIENTS at once, each so many times."""
        command = [*servers.LOAD_CORE, "curl", "-s", *self.options, "-w", "%{size_download}\n",
                   *["-o", "/dev/null", self.url] * times]
        self.mark()
        start_s = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(clients) as pool:
            outs = list(pool.map(lambda _: self.host.run(*command, text=True, timeout=300).stdout,
                                 range(clients)))
        took_s, spent_s = time.monotonic() - start_s, self.spent_s()
        served = sum(int(size) for out in outs for size in out.split())
        if served != clients * times * len(self.image):
            raise SystemExit(f"bench: {self.name} served {served} bytes of "
                             f"{clients * times * len(self.image)}")
        return served / took_s / 1e6, spent_s / (served / 1e9), 0


def _measure(table, title, peers, how, fetched, loads):
    """LOADS are pairs: clients at once, and how often each fetches."""
    with contextlib.ExitStack() as stack:
        serving = [stack.enter_context(contextlib.closing(Fetched(name, how(name), *fetched)))
                   for name in peers]
        for server in serving:
            table.configured(server)
        for clients, times in loads:
            table.show(f"{title}, {clients} at once, median of {ROUNDS} rounds", "MB/s", "s CPU/GB",
                       servers.rounds(ROUNDS, serving, lambda server: server.fetch(clients, times)))


def tftp(table):
    image = _image(TFTP_MB)
    _measure(table, f"TFTP, lock-step, blocks of 1468 bytes, {TFTP_MB} MB", TFTP_PEERS,
             lambda name: _how(name, TFTP, image), ("tftp", "--tftp-blksize", "1468"),
             [(1, 12), (32, 1)])


def http(table):
    image = _image(HTTP_MB)
    _measure(table, f"HTTP, {HTTP_MB} MB", HTTP_PEERS, lambda name: _how(name, HTTP, image),
             ("http",), [(1, 8), (8, 1)])
