# SPDX-License-Identifier: ISC
"""A long load on names: reloads, servers that die and come back, TCP clients; nothing is lost, and
memory stays what it was.

SOAK_SECONDS says how long (600), SOAK_RATE how many questions a second by UDP (200).
"""

import itertools
import os
import pathlib
import random
import re
import select
import signal
import struct
import threading
import time

import pytest

import dns_client
from dns_net import UP, UP2, word
from lab import SERVER_IP, server_is_dnsmasq

SECONDS = int(os.environ.get("SOAK_SECONDS", "600"))
RATE = int(os.environ.get("SOAK_RATE", "200"))
PATIENCE_S = 2                  # a stub asks again, or gives up, after so long
HOSTS = 20000
POOL = 3000                     # names that are asked again and again
SETTLE_S = 20                   # until caches and pools are what they stay
GROWTH = 1.15


class Answers:
    """What is open, who was late, and what was wrong."""

    def __init__(self):
        self.open, self.lost, self.wrong, self.answered = {}, [], [], 0
        self.slowest_s = 0

    def take(self, key, message, now):
        asked = self.open.pop(key, None)
        if not asked:
            return
        name, at = asked
        self.answered += 1
        self.slowest_s = max(self.slowest_s, now - at)
        if now - at > PATIENCE_S:
            self.lost.append((name, now - at))
        if not message or message.rcode() != 0 or not dns_client.addresses(message):
            self.wrong.append((name, message and message.rcode()))

    def give_up(self, now):
        late = [key for key, (_, at) in self.open.items() if now - at > 2 * PATIENCE_S]
        self.lost += [(self.open.pop(key)[0], None) for key in late]


class Load:
    """Questions by UDP, at an even pace; each is asked once."""

    def __init__(self, net):
        self.sockets = [dns_client.udp_socket(net.host.namespace, "10.77.0.2", SERVER_IP)
                        for _ in range(16)]
        self.ids = itertools.count(1)
        self.answers = Answers()
        self.chance = random.Random(1)

    def name(self):
        kind = self.chance.random()
        if kind < 0.2:
            return f"h{self.chance.randrange(HOSTS)}.lan"
        if kind < 0.8:
            return f"p{self.chance.randrange(POOL)}.wild.example"
        return f"u{self.chance.getrandbits(60):x}.wild.example"

    def ask(self, now):
        number, name = next(self.ids), self.name()
        sock = self.sockets[number % len(self.sockets)]
        self.answers.open[sock, number & 0xffff] = (name, now)
        sock.send(dns_client.query(name, id=number & 0xffff))

    def hear(self, seconds):
        for sock in select.select(self.sockets, [], [], seconds)[0]:
            wire = sock.recv(4096)
            self.answers.take((sock, struct.unpack("!H", wire[:2])[0]), dns_client.read(wire),
                              time.monotonic())

    def run(self, until):
        begun, asked = time.monotonic(), 0
        while (now := time.monotonic()) < until:
            while asked < (now - begun) * RATE:
                self.ask(now)
                asked += 1
            self.hear(0.001)
            self.answers.give_up(now)
        end = time.monotonic() + 2 * PATIENCE_S + 1
        while self.answers.open and time.monotonic() < end:
            self.hear(0.05)
            self.answers.give_up(time.monotonic())


class ByTcp(threading.Thread):
    """Clients that come, ask some, and go; one of them leaves in the middle of a question."""

    def __init__(self, net, until):
        super().__init__(daemon=True)
        self.net, self.until, self.answered, self.failed = net, until, 0, []

    def one(self, chance):
        with dns_client.tcp_socket(self.net.host.namespace, "10.77.0.2", SERVER_IP) as link:
            names = [f"p{chance.randrange(POOL)}.wild.example" for _ in range(chance.randrange(1, 8))]
            dns_client.tcp_send(link, *map(dns_client.query, names))
            for name in names:
                if dns_client.tcp_hear(link) is None:
                    self.failed.append(name)
                else:
                    self.answered += 1
            if chance.random() < 0.2:
                link.sendall(b"\0\x30\x12")

    def run(self):
        chance = random.Random(2)
        while time.monotonic() < self.until:
            try:
                self.one(chance)
            except OSError as error:
                self.failed.append(str(error))
            time.sleep(0.05)


class Trouble(threading.Thread):
    """SIGHUP, another configuration, and one server of two that falls silent for a while."""

    def __init__(self, net, until, conf):
        super().__init__(daemon=True)
        self.net, self.until, self.conf = net, until, conf
        self.hups = self.reloads = self.deaths = 0

    def hup(self):
        self.net.lab.server.send_signal(signal.SIGHUP)
        self.hups += 1

    def reload(self):
        self.net.conf(self.conf(self.reloads))
        assert word(self.net.lab, "reload").returncode == 0
        self.reloads += 1

    def death(self):
        silent = (UP, UP2)[self.deaths % 2]
        self.net.upstream.say(f"{silent}: * ! silent")
        self.deaths += 1
        time.sleep(4)
        self.net.upstream.say("* !")

    def run(self):
        steps = itertools.cycle([self.hup, self.death, self.reload, self.hup])
        while time.monotonic() < self.until - 8:
            next(steps)()
            time.sleep(2)


def rss_kb(net):
    text = pathlib.Path(f"/proc/{net.lab.server.pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", text)[1])


def descriptors(net):
    return len(os.listdir(f"/proc/{net.lab.server.pid}/fd"))


class Memory(threading.Thread):
    """What the server holds, once a second, from when it has settled."""

    def __init__(self, net, until):
        super().__init__(daemon=True)
        self.net, self.until, self.seen = net, until, []

    def run(self):
        time.sleep(min(SETTLE_S, SECONDS / 3))
        while time.monotonic() < self.until:
            self.seen.append((rss_kb(self.net), descriptors(self.net)))
            time.sleep(1)

    def halves(self):
        """The most of each half."""
        middle = len(self.seen) // 2
        return [tuple(map(max, zip(*part))) for part in (self.seen[:middle], self.seen[middle:])]


@pytest.mark.soak
@pytest.mark.skipif(server_is_dnsmasq(), reason="it loses questions")
def test_nothing_is_lost_and_nothing_grows_while_all_changes(net):
    hosts = net.lab.dir / "hosts"
    hosts.write_text("".join(f"10.99.{n >> 8}.{n & 255} h{n}.lan\n" for n in range(HOSTS)))

    def conf(turn):
        return (f"server={UP}\nserver={UP2}\naddn-hosts={hosts}\ndns-workers=2\n"
                f"cache-size=2000\naddress=/turn{turn}.lan/10.77.0.9\nmax-tcp-connections=60\n")

    net.start(conf(0))
    net.lab.wait_log(f"{HOSTS} names")
    until = time.monotonic() + SECONDS
    load, beside = Load(net), [ByTcp(net, until), Trouble(net, until, conf), Memory(net, until)]
    for thread in beside:
        thread.start()
    load.run(until)
    for thread in beside:
        thread.join(timeout=30)
    by_tcp, trouble, memory = beside
    answers, (first, second) = load.answers, memory.halves()
    print(f"{SECONDS} s: {answers.answered} answers by UDP, the slowest after "
          f"{answers.slowest_s:.2f} s, {len(answers.lost)} lost, {len(answers.wrong)} wrong; "
          f"{by_tcp.answered} by TCP, {len(by_tcp.failed)} failed; {trouble.hups} SIGHUPs, "
          f"{trouble.reloads} reloads, {trouble.deaths} deaths; at most {first[0]} kB and {first[1]} "
          f"descriptors in the first half, {second[0]} and {second[1]} in the second")
    assert not answers.lost and not answers.wrong and not by_tcp.failed
    assert min(trouble.hups, trouble.reloads, trouble.deaths) > 0
    assert second[0] <= first[0] * GROWTH
    assert second[1] <= first[1] * GROWTH + 32
    assert net.lab.stop() == 0
