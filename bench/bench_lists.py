# SPDX-License-Identifier: ISC
"""Lists of a million names: how long until they are read, what they take, whether answers feel them.

Ready is the first answer by the list's last name, from the start of the program on.
"""

import collections
import contextlib
import functools
import pathlib
import random
import re
import socket
import statistics
import struct
import time

import bench_dns
import servers

USES = ["lanlord", "dnsmasq", "cc"]
NAMES = 1000000
STARTS = 3                      # of which the fastest counts: what else the machine does makes none faster
ROUNDS = 5

ASKED_FIRST = 8000000           # of the benchmark's own names, which end each list
ASKED = 5000

# Whose it is, its lines beside the file with one LINE for each name (and an address), and what these
# names are answered.
Kind = collections.namedtuple("Kind", "title server conf line answer")

NONE = Kind("none", "", "conf-file={dir}/list\n", "local=/{}/\n", None)
KINDS = [
    NONE._replace(server="lanlord"),
    NONE._replace(server="dnsmasq"),
    Kind("domains: block-list", "lanlord", "block-list={dir}/list\nblock-answer=nxdomain\n",
         "{}\n", "none"),
    Kind("domains: local=/.../", "lanlord", "conf-file={dir}/list\n", "local=/{}/\n", "none"),
    Kind("domains: local=/.../", "dnsmasq", "conf-file={dir}/list\n", "local=/{}/\n", "none"),
    Kind("hosts: block-list", "lanlord", "block-list={dir}/list\n", "0.0.0.0 {}\n", "zeros"),
    Kind("hosts: addn-hosts", "lanlord", "addn-hosts={dir}/list\n", "0.0.0.0 {}\n", "zeros"),
    Kind("hosts: addn-hosts", "dnsmasq", "addn-hosts={dir}/list\n", "0.0.0.0 {}\n", "zeros"),
    Kind("hosts: an address each", "lanlord", "addn-hosts={dir}/list\n", "{1} {0}\n", "pool"),
    Kind("hosts: an address each", "dnsmasq", "addn-hosts={dir}/list\n", "{1} {0}\n", "pool"),
]


def _word(dice):
    return "".join(dice.choice("bcdfghklmnprstvz") + dice.choice("aeiou")
                   for _ in range(dice.randint(2, 5)))


@functools.cache
def _names():
    """What such lists look like: half are domains, half lie below a few thousand of them."""
    dice = random.Random(1)
    ends = ["com"] * 10 + ["net", "net", "org", "ru", "de", "info", "xyz", "co.uk", "example"]
    domains = [f"{_word(dice)}{_word(dice)}.{dice.choice(ends)}" for _ in range(5000)]
    found = set()
    while len(found) < NAMES - ASKED:
        found.add(f"{_word(dice)}{_word(dice)}.{dice.choice(ends)}" if dice.random() < 0.5 else
                  f"{_word(dice)}{dice.randint(0, 99)}.{dice.choice(domains)}")
    found = sorted(found)
    dice.shuffle(found)
    return [*found, *(f"h{n:08x}.bench.example" for n in range(ASKED_FIRST, ASKED_FIRST + ASKED))]


def _lines(kind):
    """Of a kind without an answer the last name alone."""
    numbers = [*range(NAMES - ASKED), *range(ASKED_FIRST, ASKED_FIRST + ASKED)]
    rows = list(zip(_names(), numbers))
    return "".join(kind.line.format(name, bench_dns._address(number))
                   for name, number in (rows if kind.answer else rows[-1:])).encode()


def _question():
    name = f"h{ASKED_FIRST + ASKED - 1:08x}.bench.example"
    wire = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    return struct.pack(">6H", 1, 0x100, 1, 0, 0, 0) + wire + b"\0\0\1\0\1"


def _memory_mb(pid):
    """All its processes; what they share counts once."""
    total = 0
    for one in servers._tree(pid):
        text = pathlib.Path(f"/proc/{one}/smaps_rollup").read_text()
        total += int(re.search(r"^Pss:\s+(\d+)", text, re.M)[1])
    return total / 1024


class Listed(bench_dns.Asked):
    """A name server with a list, ready when it answers by it."""

    def __init__(self, kind, programs):
        self.kind, self.socket = kind, None
        lines = bench_dns.FORWARD + kind.conf
        how = servers.like_dnsmasq(kind.server, lines)
        how["files"]["list"] = _lines(kind)
        how |= {"ready": self._answers, "patience_s": 120}
        servers.Server.__init__(self, kind.server, how)
        self.ready_s = time.monotonic() - self.spawned_s
        self.ready_cpu_s = sum(self.before.values())
        self.memory_mb = _memory_mb(self.process.pid)
        self.programs = programs
        self.upstream = self.beside([f"{programs}/dns_upstream", "127.0.0.1", "5300"], 5300)
        self.next = bench_dns.NAMES
        self._fill_cache()

    def _answers(self):
        """Asks again, and looks whether there is an answer."""
        if not self.socket:
            with servers.labs.inside(self.lab.namespace):
                self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.socket.connect(("127.0.0.1", 53))
            self.socket.setblocking(False)
        with contextlib.suppress(ConnectionRefusedError, BlockingIOError):
            self.socket.send(_question())
            return self.socket.recv(512)[2] & 0x80
        return False

    def listed(self):
        return self.measured(self.kind.answer, ASKED_FIRST, bench_dns.OPEN_CACHED)

    def close(self):
        self.socket.close()
        super().close()


def _read(stack, kind, programs):
    """A server that answers, and of all its starts the fastest; the seconds and the CPU of it."""
    starts = []
    for _ in range(STARTS - 1):
        with contextlib.closing(Listed(kind, programs)) as server:
            starts.append((server.ready_s, server.ready_cpu_s))
    server = stack.enter_context(contextlib.closing(Listed(kind, programs)))
    return server, min([*starts, (server.ready_s, server.ready_cpu_s)])


def _asked(read, measure):
    """KIND: the median of what an answer costs."""
    seen = {kind: [] for kind in read}
    for _ in range(ROUNDS):
        for kind, (server, _) in read.items():
            seen[kind].append(measure(server)[1])
    return {kind: statistics.median(costs) for kind, costs in seen.items()}


def run(table):
    with contextlib.ExitStack() as stack:
        programs = stack.enter_context(servers.compiled("dns_upstream", "dns_ask"))
        read = {kind: _read(stack, kind, programs) for kind in KINDS}
        cached, missed = _asked(read, Listed.cached), _asked(read, Listed.missed)
        listed = _asked({k: v for k, v in read.items() if k.answer}, Listed.listed)
    print(f"\n{NAMES} names of {sum(map(len, _names())) / NAMES:.1f} letters; ready: the fastest of "
          f"{STARTS} starts; us CPU/answer: median of {ROUNDS} rounds of {bench_dns.ROUND_S} s")
    print(f"  {'':<32} {'ready s':>8} {'CPU s':>7} {'MB more':>8} {'cached us':>10} "
          f"{'missed us':>10} {'listed us':>10}")
    for kind, (server, (ready_s, cpu_s)) in read.items():
        bare = next(s for k, (s, _) in read.items() if k.server == kind.server)
        print(f"  {kind.server + ', ' + kind.title:<32} {ready_s:>8.2f} {cpu_s:>7.2f} "
              f"{server.memory_mb - bare.memory_mb:>8.1f} {cached[kind]:>10.2f} "
              f"{missed[kind]:>10.2f} " + (f"{listed[kind]:>10.2f}" if kind.answer else ""))
