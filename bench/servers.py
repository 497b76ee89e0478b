# SPDX-License-Identifier: ISC
"""Servers under measurement: each alone in a private network, on core 0, its CPU time counted."""

import contextlib
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "net"))
os.environ.setdefault("LANLORD", str(ROOT / "build" / "lanlord"))
import lab as labs  # noqa: E402  (the path is set above)

SERVER_CORE = ["taskset", "-c", "0"]
LOAD_CORE = ["taskset", "-c", "1"]

# Each program, and what asks it for its version.
PROGRAMS = {
    "lanlord": (os.environ["LANLORD"], "--version"),
    "dnsmasq": ("/usr/sbin/dnsmasq", "--version"),
    "unbound": ("/usr/sbin/unbound", "-V"),
    "kresd": ("/usr/sbin/kresd", "--version"),
    "kea": ("/usr/sbin/kea-dhcp4", "-v"),
    "nginx": ("/usr/sbin/nginx", "-v"),
    "perfdhcp": ("/usr/sbin/perfdhcp", "-v"),
    "curl": ("/usr/bin/curl", "--version"),
    "cc": ("/usr/bin/cc", "--version"),
}


def require(names):
    """A peer that is not installed is an error: a figure alone says nothing."""
    missing = [name for name in names if not os.access(PROGRAMS[name][0], os.X_OK)]
    if missing:
        raise SystemExit(f"bench: not there: {', '.join(missing)}; run `tools/setup bench` and `make`")


def version(name):
    shown = subprocess.run(PROGRAMS[name], capture_output=True, text=True)
    return (shown.stdout + shown.stderr).strip().splitlines()[0]


def build_type():
    """What the lanlord measured was built as, where it lies in meson's folder."""
    folder = pathlib.Path(PROGRAMS["lanlord"][0]).resolve().parent
    shown = subprocess.run(["meson", "introspect", "--buildoptions", folder],
                           capture_output=True, text=True)
    found = re.search(r'"name": "buildtype", "value": "(\w+)"', shown.stdout)
    return found[1] if found else "unknown"


def like_dnsmasq(name, lines):
    """lanlord and dnsmasq: the same lines, the same command line."""
    program = PROGRAMS[name][0]
    return {"files": {"conf": lines}, "ready": "started, version",
            "command": [program, "--keep-in-foreground", "--pid-file=", "--log-facility=-",
                        "-C", "{dir}/conf"]}


def _children(pid):
    found = []
    for path in pathlib.Path(f"/proc/{pid}/task").glob("*/children"):
        found += [int(child) for child in path.read_text().split()]
    return found


def _tree(pid):
    return [pid] + [below for child in _children(pid) for below in _tree(child)]


def cpu_s(pid):
    """Seconds that a process's threads have had a core, to the nanosecond; /proc/PID/stat counts
    in hundredths."""
    spent = 0
    for path in pathlib.Path(f"/proc/{pid}/task").glob("*/schedstat"):
        with contextlib.suppress(OSError):  # it has ended
            spent += int(path.read_text().split()[0])
    return spent / 1e9


def _opened(pid, port):
    sockets = "".join(pathlib.Path(f"/proc/{pid}/net/{kind}").read_text()
                      for kind in ("udp", "tcp"))
    return f":{port:04X} 00000000:0000" in sockets


class Server:
    """A program at work.

    HOW is its command line, its files (texts, where {dir} is their folder, or bytes as they are),
    and how one sees that it is ready: a text that it prints, a function that says so, or None for a
    port that it opens.
    """

    def __init__(self, name, how, port=None, address=None):
        self.name, self.how = name, how
        self.lab = labs.Lab()
        # What the tests turn off, to see whole packets, is what a card does.
        subprocess.run([*labs.enter(self.lab.namespace), "ethtool", "-K", "br0", "tx", "on"],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if address:
            labs.ip(f"addr add {address} dev br0", namespace=self.lab.namespace)
        self.folder = self.lab.dir
        for file, contents in how["files"].items():
            self._write(self.folder / file, contents)
        self.spawned_s = time.monotonic()
        self.process = self._spawn([*SERVER_CORE, *map(self._filled, how["command"])],
                                   self.lab.log_file)
        labs.wait_for(f"{name} to be ready", lambda: self._ready(how["ready"], port),
                      how.get("patience_s", 20))
        self.mark()

    def _write(self, path, contents):
        path.parent.mkdir(exist_ok=True)
        if isinstance(contents, str):
            path.write_text(self._filled(contents))
        else:
            path.write_bytes(contents)

    def _filled(self, text):
        return text.replace("{dir}", str(self.folder))

    def _spawn(self, command, log):
        with open(log, "ab") as output:
            process = subprocess.Popen([*labs.enter(self.lab.namespace), *map(str, command)],
                                       stdout=output, stderr=output, stdin=subprocess.DEVNULL,
                                       env=os.environ | self.how.get("environment", {}))
        self.lab.processes.append(process)
        return process

    def _ready(self, text, port):
        if self.process.poll() is not None:
            raise SystemExit(f"bench: {self.name} exited with {self.process.returncode}:\n"
                             + self.lab.log())
        if callable(text):
            return text()
        if text:
            return text in self.lab.log()
        return _opened(self.process.pid, port)

    def beside(self, command, port=None):
        """Starts a program of the load's on the other core, in the same namespace; ready where it
        has its port."""
        process = self._spawn([*LOAD_CORE, *command], self.folder / "beside")
        if port:
            labs.wait_for(f"{command[0]} to be ready", lambda: _opened(process.pid, port), 20)
        return process

    def run(self, command, timeout=60):
        """Runs one to its end there; a failure ends the benchmark."""
        done = subprocess.run([*labs.enter(self.lab.namespace), *LOAD_CORE, *map(str, command)],
                              capture_output=True, text=True, timeout=timeout,
                              stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            raise SystemExit(f"bench: {self.name}: {' '.join(map(str, command))}: {done.stderr}")
        return done.stdout

    def _spent_s(self):
        return {pid: cpu_s(pid) for pid in _tree(self.process.pid)}

    def mark(self):
        """spent_s() counts from here."""
        self.before = self._spent_s()

    def spent_s(self):
        return sum(s - self.before.get(pid, 0) for pid, s in self._spent_s().items())

    def close(self):
        self.lab.close()


def rounds(count, servers, measure):
    """NAME: the medians of rate and cost, and how many answers did not come in all rounds.

    The servers are asked by turns, so that what else the machine does strikes all of them.
    """
    seen = {server.name: [] for server in servers}
    for _ in range(count):
        for server in servers:
            seen[server.name].append(measure(server))
    return {name: _row(*zip(*results)) for name, results in seen.items()}


def _row(rates, costs, lost):
    return (statistics.median(rates), statistics.median(costs),
            f"{sum(lost)} lost" if sum(lost) else "")


def built(target):
    """A program of the build folder that lanlord came from, which is not built with it."""
    folder = pathlib.Path(PROGRAMS["lanlord"][0]).resolve().parent
    subprocess.run(["ninja", "-C", folder, target], check=True, stdout=subprocess.DEVNULL)
    return folder / target


def compiled(*names, flags=()):
    """The benchmark's own programs, built; they last as long as the folder that is returned."""
    folder = tempfile.TemporaryDirectory(prefix="lanlord-bench-")
    for name in names:
        subprocess.run(["cc", "-std=gnu2x", "-D_GNU_SOURCE", "-O2", "-Wall", "-Wextra", "-Werror",
                        *flags, "-o", f"{folder.name}/{name}", ROOT / "bench" / f"{name}.c"], check=True)
    return folder
