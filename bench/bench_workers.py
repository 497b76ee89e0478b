# SPDX-License-Identifier: ISC
"""Several cores: what a second worker adds, and how long answers take while files are read anew."""

import contextlib
import signal
import statistics
import subprocess
import threading
import time

import bench_dns
import servers

USES = ["lanlord", "cc"]
RELOAD_USES = ["lanlord", "dnsmasq", "cc"]
HOSTS = 500000
RATE = 5000
PACE_S = 12
ROUNDS = 5
ROUND_S = 2
OPEN = 128
PORTS = 64                      # that the kernel deals out: of a few, one worker gets most

MANY = "no-resolv\nno-hosts\nport=53\naddn-hosts={dir}/hosts\ncache-size=10000\n"


def _hosts():
    return b"".join(f"{bench_dns._address(n)} h{n:08x}.bench.example\n".encode()
                    for n in range(HOSTS))


def _on_all_cores(how):
    how["command"] = ["taskset", "-c", "0,1", *how["command"]]
    return how


class Pacer(servers.Server):
    """With half a million hosts, and both cores, as the load."""

    def __init__(self, name, programs, hosts):
        how = _on_all_cores(servers.like_dnsmasq(name, MANY))
        how["files"]["hosts"] = hosts
        how |= {"ready": f"hosts - {HOSTS} names", "patience_s": 90}
        super().__init__(name, how)
        self.programs = programs

    def paced(self, hup_after_s=None):
        """(asked, answered, median, p99, worst), the last three in milliseconds."""
        if hup_after_s is not None:
            threading.Timer(hup_after_s, lambda: self.process.send_signal(signal.SIGHUP)).start()
        done = subprocess.run(
            [*servers.labs.enter(self.lab.namespace), f"{self.programs}/dns_pace", "127.0.0.1", "53",
             "0", str(HOSTS), str(PACE_S), str(RATE)], capture_output=True, text=True, timeout=90,
            check=True)
        return [float(word) for word in done.stdout.split()]


def reload(table):
    """SIGHUP with HOSTS names while RATE questions a second come."""
    print(f"\nSIGHUP with {HOSTS} hosts, {RATE} questions/s for {PACE_S} s, "
          "both cores for server and load")
    print(f"  {'':<24} {'asked':>8} {'lost':>6} {'median ms':>10} {'99 % ms':>9} {'worst ms':>9}")
    with contextlib.ExitStack() as stack:
        programs = stack.enter_context(servers.compiled("dns_pace"))
        hosts = _hosts()
        worst = {}
        for name in ("lanlord", "dnsmasq"):
            with contextlib.closing(Pacer(name, programs, hosts)) as server:
                for what, hup in (("quiet", None), ("SIGHUP", 3)):
                    asked, answered, median, p99, last = server.paced(hup)
                    worst[name, what] = last
                    print(f"  {name + ', ' + what:<24} {asked:>8.0f} {asked - answered:>6.0f} "
                          f"{median:>10.2f} {p99:>9.2f} {last:>9.2f}")
    if worst["lanlord", "SIGHUP"] > worst["dnsmasq", "SIGHUP"]:
        table.worse.append("the slowest answer at SIGHUP")


def _threads(pid):
    """CPU seconds of each worker."""
    spent = {}
    for task in servers.pathlib.Path(f"/proc/{pid}/task").iterdir():
        name = (task / "comm").read_text().strip()
        if name.startswith("dns "):
            spent[name] = int((task / "schedstat").read_text().split()[0]) / 1e9
    return spent


class Several(bench_dns.Asked):
    """N workers on core 0, with the load on core 1: what an answer costs, and who gave it.

    Two cores cannot hold two workers and what keeps them busy.  What can be seen is whether a
    second worker makes an answer dearer (by locks and shared lines), and whether both get
    their share: rate on two cores = share and cost, not measured but reckoned.
    """

    def __init__(self, workers, cores, programs):
        self.workers = workers
        super().__init__("lanlord", programs, bench_dns.FORWARD + f"dns-workers={workers}\n")
        subprocess.run(["taskset", "-apc", cores, str(self.process.pid)], check=True,
                       stdout=subprocess.DEVNULL)
        self.name = f"{workers} on {cores}"

    def once(self):
        self.mark()
        before, begun = _threads(self.process.pid), time.monotonic()
        done = self.ask("pool", 0, ROUND_S, OPEN)
        after = _threads(self.process.pid)
        busy = sorted(after[name] - before[name] for name in after)
        return (self.spent_s() / done.answers * 1e6, done.answers / done.took_s,
                busy[-1] / sum(busy), time.monotonic() - begun)


def _replay(program, processes):
    """Microseconds of a worker's CPU for an answer; answers a second of all together, each in the
    time that it had a core; and how many cores they had, of these (workers, first core)."""
    running = [subprocess.Popen([program, str(workers), str(bench_dns.NAMES), str(ROUND_S), str(core)],
                                stdout=subprocess.PIPE, text=True) for workers, core in processes]
    rows = []
    for process in running:
        shown, _ = process.communicate(timeout=60)
        if process.returncode != 0:
            raise SystemExit("bench: dns-replay failed")
        rows += [[float(word) for word in line.split()] for line in shown.splitlines()]
    answers, cpu_s, wall_s = zip(*rows)
    return (sum(cpu_s) / sum(answers) * 1e6, sum(n / cpu for n, cpu in zip(answers, cpu_s)),
            sum(cpu_s) / max(wall_s))


REPLAYED = {"1 worker": [(1, 0)], "2 workers": [(2, 0)], "2 processes": [(1, 0), (1, 1)]}


def replayed():
    """Two workers on two cores, asked out of memory: nothing else needs a core.

    That tells of all that workers share, the cache foremost: locks, counters and lines.  Sockets
    they do not share.  Two processes of one worker share nothing at all: what they lose is the machine's.
    """
    program = servers.built("bench/dns-replay")
    print(f"\ncached, asked out of memory in the kernel's place, median of {ROUNDS} rounds of "
          f"{ROUND_S} s; each worker on a core of its own")
    print(f"  {'':<16} {'us CPU/answer':>14} {'answers/s':>11} {'cores had':>15} {'':>9}")
    seen = {name: [] for name in REPLAYED}
    for _ in range(ROUNDS):
        for name, results in seen.items():
            results.append(_replay(program, REPLAYED[name]))
    one = None
    for name, results in seen.items():
        cpu_us, rate, cores = (statistics.median(column) for column in zip(*results))
        one = one or rate
        print(f"  {name:<16} {cpu_us:>14.3f} {rate:>11.0f} {cores:>15.2f} {rate / one:>8.2f}x")
    print("  answers/s: in the time that they had a core; cores had: fewer than there are workers where "
          "others use the machine")


class InProportion(Several):
    """N workers on N cores, and on each core what asks as much as it can beside them.

    One core is worker and load; two are twice that.  What the second adds is measured, not reckoned:
    answers of any worker go to clients of any core, as they do in life.
    """

    def __init__(self, workers, programs):
        super().__init__(workers, ",".join(map(str, range(workers))), programs)
        self.name = f"{workers} and {workers} loads"

    def once(self):
        command = [f"{self.programs}/dns_ask", "127.0.0.1", "53", "pool", "0", str(bench_dns.NAMES),
                   str(ROUND_S), str(OPEN)]
        loads = [subprocess.Popen([*servers.labs.enter(self.lab.namespace), "taskset", "-c", str(core),
                                   *command], stdout=subprocess.PIPE, text=True)
                 for core in range(self.workers)]
        told = [load.communicate(timeout=60)[0].split() for load in loads]
        if any(load.returncode for load in loads):
            raise SystemExit(f"bench: {self.name}: a load failed")
        return sum(int(answers) / float(took_s) for answers, took_s, *_ in told)


def in_proportion(programs):
    with contextlib.ExitStack() as stack:
        both = [stack.enter_context(contextlib.closing(InProportion(n, programs))) for n in (1, 2)]
        rates = {server.name: [] for server in both}
        for _ in range(ROUNDS):
            for server in both:
                rates[server.name].append(server.once())
    print(f"\ncached, as many loads as workers, one of each on a core, median of {ROUNDS} rounds of "
          f"{ROUND_S} s")
    one = None
    for name, seen in rates.items():
        rate = statistics.median(seen)
        one = one or rate
        print(f"  {name:<16} {rate:>11.0f} answers/s {rate / one:>8.2f}x")


def workers(table):
    replayed()
    del table
    print(f"\ncached, {OPEN} questions open from {PORTS} ports, median of {ROUNDS} rounds of {ROUND_S} s; "
          "load on core 1 (and the second worker, where it says 0,1)")
    print(f"  {'workers, cores':<16} {'us CPU/answer':>14} {'answers/s':>11} "
          f"{'busiest worker':>15} {'reckoned':>9}")
    with contextlib.ExitStack() as stack:
        programs = stack.enter_context(
            servers.compiled("dns_upstream", "dns_ask", flags=[f"-DSOCKETS={PORTS}"]))
        all_of_them = [stack.enter_context(contextlib.closing(Several(n, cores, programs)))
                       for n, cores in ((1, "0"), (2, "0"), (2, "0,1"))]
        seen = {server.name: [] for server in all_of_them}
        for _ in range(ROUNDS):
            for server in all_of_them:
                seen[server.name].append(server.once())
        one_us = None
        for name, results in seen.items():
            cpu_us, rate, share, _ = (statistics.median(column) for column in zip(*results))
            one_us = one_us or cpu_us
            print(f"  {name:<16} {cpu_us:>14.2f} {rate:>11.0f} {share:>14.0%} "
                  f"{one_us / cpu_us / share:>8.2f}x")
        print("  reckoned: how much faster than one worker, each on a core that it has to itself: the cost "
              "of an answer beside one worker's,\n  divided by the busiest worker's share of the work")
        in_proportion(programs)
