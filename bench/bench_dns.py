# SPDX-License-Identifier: ISC
"""DNS answers: out of the cache, logged and not, asked upstream, of a hosts file and of a rule.

All servers run at the same time, each in its own network, and are asked by turns.
"""

import collections
import contextlib
import signal

import servers

PEERS = ["lanlord", "dnsmasq", "unbound", "kresd"]
ECHOES = ["echo", "echo asked"]	# bare, and from the address that was asked, as who serves the wildcard
USES = [*PEERS, "cc"]
NAMES = 5000			# half of each cache: no answer is displaced
ROUNDS = 5
ROUND_S = 1
OPEN_CACHED = 160		# fit the receive buffer that the kernel gives
OPEN_MISSED = 128		# dnsmasq forwards 150 at a time unless it is told otherwise

HOSTS_FIRST = 8000000		# of the names that a hosts file has
NONE_FIRST = 9000000		# of those that a rule says there are none of

Asking = collections.namedtuple("Asking", "answers took_s lost used")

FORWARD = "no-resolv\nno-hosts\nport=53\nserver=127.0.0.1#5300\ncache-size=10000\n"
LOGGED = FORWARD + "log-queries\nlog-facility={dir}/queries\n"
LOCAL = FORWARD + "local=/bench.example/\naddn-hosts={dir}/hosts\n"
UNBOUND = """server:
 interface: 127.0.0.1
 port: 53
 num-threads: 1
 do-daemonize: no
 use-syslog: no
 username: ""
 chroot: ""
 directory: "{dir}"
 pidfile: ""
 module-config: "iterator"
 do-not-query-localhost: no
forward-zone:
 name: "."
 forward-addr: 127.0.0.1@5300
remote-control:
 control-enable: no
"""
KRESD = """net.listen('127.0.0.1', 53, { kind = 'dns' })
cache.open(100 * MB, 'lmdb://{dir}/cache')
trust_anchors.remove('.')
policy.add(policy.all(policy.STUB({ '127.0.0.1@5300' })))
"""


def _address(number):
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


def _hosts():
    return b"".join(f"{_address(n)} h{n:08x}.bench.example\n".encode()
                    for n in range(HOSTS_FIRST, HOSTS_FIRST + NAMES))


def _how(name, programs, lines=FORWARD):
    if name in ("lanlord", "dnsmasq"):
        how = servers.like_dnsmasq(name, lines)
        if lines == LOGGED:
            how |= {"ready": None, "command": [word for word in how["command"]
                                               if not word.startswith("--log-facility")]}
        if lines == LOCAL:
            how["files"]["hosts"] = _hosts()
        return how
    program = servers.PROGRAMS[name][0] if name in servers.PROGRAMS else f"{programs}/dns_echo"
    return {
        "unbound": {"files": {"conf": UNBOUND}, "ready": "start of service",
                    "command": [program, "-d", "-c", "{dir}/conf"]},
        "kresd": {"files": {"conf": KRESD}, "ready": None,
                  "command": [program, "-n", "-c", "{dir}/conf", "{dir}"]},
        "echo": {"files": {}, "ready": None, "command": [program, "127.0.0.1", "53"]},
        "echo asked": {"files": {}, "ready": None, "command": [program, "0.0.0.0", "53", "asked"]},
    }[name]


class Asked(servers.Server):
    """A name server with the one that it asks."""

    def __init__(self, name, programs, lines=FORWARD):
        super().__init__(name, _how(name, programs, lines), port=53)
        self.programs = programs
        self.upstream = self.beside([f"{programs}/dns_upstream", "127.0.0.1", "5300"], 5300)
        self.next = NAMES
        if name not in ECHOES and lines != LOCAL:
            self._fill_cache()

    def _fill_cache(self):
        """A question may get lost on the way: its client asks again."""
        for _ in range(5):
            if self.ask("once", 0, 30, OPEN_MISSED).lost == 0:
                return
        raise SystemExit(f"bench: {self.name} never answers all of {NAMES} names")

    def ask(self, kind, first, seconds, wide):
        out = self.run([f"{self.programs}/dns_ask", "127.0.0.1", "53", kind, first, NAMES, seconds,
                        wide])
        answers, took_s, lost, used = out.split()
        return Asking(int(answers), float(took_s), int(lost), int(used))

    def measured(self, kind, first, wide):
        """Answers a second, the server's CPU microseconds for each, and how many did not come."""
        self.mark()
        done = self.ask(kind, first, ROUND_S, wide)
        if not done.answers:
            raise SystemExit(f"bench: {self.name} answers nothing")
        self.next += done.used
        return done.answers / done.took_s, self.spent_s() / done.answers * 1e6, done.lost

    def cached(self):
        """The upstream server is stopped: nothing can come from there."""
        self.upstream.send_signal(signal.SIGSTOP)
        try:
            rate, cpu_us, lost = self.measured("echo" if self.name in ECHOES else "pool", 0,
                                               OPEN_CACHED)
        finally:
            self.upstream.send_signal(signal.SIGCONT)
        if lost:
            raise SystemExit(f"bench: {self.name} left {lost} questions to its cache unanswered")
        return rate, cpu_us, lost

    def missed(self):
        return self.measured("fresh", self.next, OPEN_MISSED)

    def of_hosts(self):
        return self.measured("pool", HOSTS_FIRST, OPEN_CACHED)

    def of_rule(self):
        return self.measured("none", NONE_FIRST, OPEN_CACHED)


class Run:
    """Servers that are asked by turns, and the tables of what they need."""

    def __init__(self, table, stack):
        self.table, self.stack = table, stack
        self.programs = stack.enter_context(
            servers.compiled("dns_echo", "dns_upstream", "dns_ask"))

    def start(self, names, lines=FORWARD):
        started = [self.stack.enter_context(
            contextlib.closing(Asked(name, self.programs, lines))) for name in names]
        for server in started:
            self.table.configured(server)
        return started

    def show(self, what, wide, asked, measure):
        self.table.show(f"DNS, {what}, {wide} questions open, median of {ROUNDS} rounds of "
                        f"{ROUND_S} s", "answers/s", "us CPU/answer",
                        servers.rounds(ROUNDS, asked, measure))


def run(table):
    with contextlib.ExitStack() as stack:
        bench = Run(table, stack)
        asked = bench.start((*PEERS, *ECHOES))
        bench.show(f"cached: {NAMES} names", OPEN_CACHED, asked, Asked.cached)
        bench.show("missed: a new name each", OPEN_MISSED, asked[:len(PEERS)], Asked.missed)
        local = bench.start(PEERS[:2], LOCAL)
        bench.show(f"of a hosts file: {NAMES} names", OPEN_CACHED, local, Asked.of_hosts)
        bench.show("none by a rule: NXDOMAIN", OPEN_CACHED, local, Asked.of_rule)
        logged = [*bench.start(PEERS[:2], LOGGED), *bench.start(PEERS[:1])]
        logged[-1].name = "not logged"
        bench.show(f"cached and logged in a file: {NAMES} names", OPEN_CACHED, logged,
                   Asked.cached)
