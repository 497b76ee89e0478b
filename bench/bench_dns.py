# SPDX-License-Identifier: ISC
"""DNS answers: out of the cache, and asked upstream.

All servers run at the same time, each in its own network, and are asked by turns.
"""

import collections
import contextlib
import signal

import servers

PEERS = ["lanlord", "dnsmasq", "unbound", "kresd"]
USES = [*PEERS, "cc"]
NAMES = 5000			# half of each cache: no answer is displaced
ROUNDS = 5
ROUND_S = 1
OPEN_CACHED = 160		# fit the receive buffer that the kernel gives
OPEN_MISSED = 128		# dnsmasq forwards 150 at a time unless it is told otherwise

Asking = collections.namedtuple("Asking", "answers took_s lost used")

FORWARD = "no-resolv\nno-hosts\nport=53\nserver=127.0.0.1#5300\ncache-size=10000\n"
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


def _how(name, programs):
    if name in ("lanlord", "dnsmasq"):
        return servers.like_dnsmasq(name, FORWARD)
    program = servers.PROGRAMS[name][0] if name in servers.PROGRAMS else f"{programs}/dns_echo"
    return {
        "unbound": {"files": {"conf": UNBOUND}, "ready": "start of service",
                    "command": [program, "-d", "-c", "{dir}/conf"]},
        "kresd": {"files": {"conf": KRESD}, "ready": None,
                  "command": [program, "-n", "-c", "{dir}/conf", "{dir}"]},
        "echo": {"files": {}, "ready": None, "command": [program, "127.0.0.1", "53"]},
    }[name]


class Asked(servers.Server):
    """A name server with the one that it asks."""

    def __init__(self, name, programs):
        super().__init__(name, _how(name, programs), port=53)
        self.programs = programs
        self.upstream = self.beside([f"{programs}/dns_upstream", "127.0.0.1", "5300"], 5300)
        self.next = NAMES
        if name != "echo":
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
            rate, cpu_us, lost = self.measured("echo" if self.name == "echo" else "pool", 0,
                                               OPEN_CACHED)
        finally:
            self.upstream.send_signal(signal.SIGCONT)
        if lost:
            raise SystemExit(f"bench: {self.name} left {lost} questions to its cache unanswered")
        return rate, cpu_us, lost

    def missed(self):
        return self.measured("fresh", self.next, OPEN_MISSED)


def run(table):
    with contextlib.ExitStack() as stack:
        programs = stack.enter_context(servers.compiled("dns_echo", "dns_upstream", "dns_ask"))
        asked = [stack.enter_context(contextlib.closing(Asked(name, programs)))
                 for name in (*PEERS, "echo")]
        for a in asked:
            table.configured(a)
        table.show(f"DNS, cached: {NAMES} names, {OPEN_CACHED} questions open, median of "
                   f"{ROUNDS} rounds of {ROUND_S} s", "answers/s", "us CPU/answer",
                   servers.rounds(ROUNDS, asked, Asked.cached))
        table.show(f"DNS, missed: a new name each, {OPEN_MISSED} questions open, median of "
                   f"{ROUNDS} rounds of {ROUND_S} s", "answers/s", "us CPU/answer",
                   servers.rounds(ROUNDS, asked[:-1], Asked.missed))
