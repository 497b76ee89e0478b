# SPDX-License-Identifier: ISC
"""A little network: the server's namespace with a bridge, and a namespace for each client.

The server under test is the program named by the environment variable LANLORD; without it,
build/lanlord.  LANLORD=/usr/sbin/dnsmasq runs the same tests against dnsmasq.
"""

import contextlib
import ctypes
import functools
import itertools
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SERVER = os.path.abspath(os.environ.get("LANLORD") or ROOT / "build" / "lanlord")
DNSMASQ = "/usr/sbin/dnsmasq"
SERVER_IP = "10.77.0.1"
CLONE_NEWNET = 0x40000000

# A server built with sanitizers looks for leaks by tracing itself, which its sandbox forbids.
os.environ["LSAN_OPTIONS"] = "detect_leaks=0"

_libc = ctypes.CDLL(None, use_errno=True)
_numbers = itertools.count()


def server_is_dnsmasq():
    """Whether the program under test is the other one: lanlord always names itself."""
    version = subprocess.run([SERVER, "--version"], capture_output=True, text=True).stdout
    return "lanlord" not in version.lower()


def wait_for(what, condition, timeout=10):
    """Polls until CONDITION gives something true, and returns that."""
    deadline = time.monotonic() + timeout
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {timeout} s: {what}")
        time.sleep(0.01)


def _setns(path):
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        if _libc.setns(fd, CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), f"setns {path}")
    finally:
        os.close(fd)


@contextlib.contextmanager
def inside(namespace):
    """Sockets made within the block belong to the namespace, and stay there."""
    here = f"/proc/self/task/{ctypes.c_int(_libc.gettid()).value}/ns/net"
    home = os.open(here, os.O_RDONLY | os.O_CLOEXEC)
    _setns(f"/run/netns/{namespace}")
    try:
        yield
    finally:
        _libc.setns(home, CLONE_NEWNET)
        os.close(home)


def enter(namespace):
    """What comes before a command that is to run there, and becomes that command.

    "ip netns exec" and "ip -n" would also mount /sys, which a plain chroot refuses.
    """
    return ["nsenter", f"--net=/run/netns/{namespace}"]


def ip(*lines, namespace=None):
    """Runs lines of ip(8) in one process."""
    subprocess.run([*(enter(namespace) if namespace else []), "ip", "-batch", "-"],
                   input="\n".join(lines) + "\n", text=True, check=True)


@functools.cache
def unshare(what):
    """What comes before a command that is to have its own mounts (--mount), for example."""
    if subprocess.run(["unshare", what, "true"], capture_output=True).returncode != 0:
        pytest.skip(f"unshare {what} is not permitted here: a chroot, or a container")
    return ["unshare", what]


def port_forwards(namespace, port):
    shown = subprocess.run([*enter(namespace), "ip", "-d", "link", "show", "dev", port],
                           capture_output=True, text=True, check=True)
    return "state forwarding" in shown.stdout


class Host:
    """A client machine: a namespace whose eth0 is plugged into one of the lab's bridges."""

    def __init__(self, lab, number, bridge):
        self.lab = lab
        self.namespace = f"{lab.name}-c{number}"
        self.mac = f"02:00:00:77:01:{number:02x}"
        self.dir = lab.dir / f"c{number}"
        self.dir.mkdir()
        ip(f"netns add {self.namespace}")
        ip(f"link add p{number} type veth peer name eth0 address {self.mac} netns {self.namespace}",
           f"link set p{number} master {bridge}", f"link set p{number} up", namespace=lab.namespace)
        ip("link set lo up", "link set eth0 up", namespace=self.namespace)
        # Until the bridge has noticed that the link is up it drops what comes.
        wait_for("the bridge's port", lambda: port_forwards(lab.namespace, f"p{number}"))

    def address_add(self, address):
        ip(f"addr add {address} dev eth0", namespace=self.namespace)

    def command(self, *command):
        return [*enter(self.namespace), *map(str, command)]

    def run(self, *command, timeout=60, **more):
        """Runs a command in the namespace; the caller judges its exit code."""
        return subprocess.run(self.command(*command), capture_output=True, timeout=timeout,
                              cwd=self.dir, stdin=subprocess.DEVNULL, **more)

    def fetch(self, url):
        """What curl gets of a URL, TFTP's or HTTP's; None if it fails."""
        done = self.run("curl", "-s", "--max-time", "3", "--globoff", url)
        return done.stdout if done.returncode == 0 else None

    def output(self):
        """What the started commands printed."""
        output = self.dir / "output"
        return output.read_text(errors="replace") if output.exists() else ""

    def start(self, *command, **more):
        """Starts a command that the lab ends, at the latest when it closes."""
        with open(self.dir / "output", "ab") as output:
            process = subprocess.Popen(self.command(*command), cwd=self.dir, stdout=output,
                                       stderr=output, stdin=subprocess.DEVNULL, **more)
        self.lab.processes.append(process)
        return process


class Lab:
    """The server's namespace with br0 (10.77.0.1/24), the server in it, and its files."""

    def __init__(self):
        number = next(_numbers)
        self.name = f"lln{os.getpid()}-{number}"
        self.namespace = f"{self.name}-s"
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix=f"{self.name}-"))
        self.dir.chmod(0o755)
        self.lease_file = self.dir / "leases"
        self.log_file = self.dir / "log"
        self.log_file.touch()
        self.processes = []
        self.hosts = []
        self.server = None
        self.program = SERVER
        ip(f"netns add {self.namespace}")
        ip("link set lo up", namespace=self.namespace)
        self.bridge_add("br0", f"{SERVER_IP}/24")

    def bridge_add(self, name, address):
        ip(f"link add {name} type bridge", f"addr add {address} dev {name}", f"link set {name} up",
           namespace=self.namespace)
        # So that captured packets carry the checksum that a wire would have carried.
        subprocess.run([*enter(self.namespace), "ethtool", "-K", name, "tx", "off"],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def host(self, bridge="br0", address=None):
        host = Host(self, len(self.hosts) + 1, bridge)
        self.hosts.append(host)
        if address:
            host.address_add(address)
        return host

    # --- the server ---------------------------------------------------------------------------

    def conf_write(self, text, name="conf", interface="br0"):
        """The lines that every test wants, then TEXT.  Returns the path."""
        lines = ["port=0", f"dhcp-leasefile={self.lease_file}"]
        if interface:
            lines.append(f"interface={interface}")
        path = self.dir / name
        path.write_text("\n".join(lines) + "\n" + text.strip() + "\n")
        return path

    def server_command(self, *args, under=()):
        """The server, where it belongs; UNDER is a command that takes it as its argument."""
        return [*enter(self.namespace), *map(str, under), self.program, *map(str, args)]

    def server_run(self, *args, timeout=20):
        """Runs the server to its end: for starts that fail, and for those that become a daemon."""
        return subprocess.run(self.server_command(*args), capture_output=True, text=True,
                              timeout=timeout, stdin=subprocess.DEVNULL)

    def server_spawn(self, conf, log_file, *args):
        """Starts a server in the foreground and waits until it says that it has started."""
        before = log_file.stat().st_size if log_file.exists() else 0
        with open(log_file, "ab") as log:
            process = subprocess.Popen(
                self.server_command("--keep-in-foreground", "--pid-file=", "--log-facility=-",
                                    "-C", conf, *args),
                stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        self.processes.append(process)

        def started():
            if process.poll() is not None:
                raise AssertionError(f"the server exited with {process.returncode}:\n"
                                     + log_file.read_text(errors="replace")[before:])
            return "started, version" in log_file.read_text(errors="replace")[before:]

        wait_for("the server's start", started)
        return process

    def start(self, text=None, *args):
        """Starts the server under test with this configuration, or again with the last one."""
        if text is not None:
            self.conf_write(text)
        self.server = self.server_spawn(self.dir / "conf", self.log_file, *args)
        return self.server

    def stop(self, how=signal.SIGTERM):
        """Ends the server; returns its exit code."""
        self.server.send_signal(how)
        return self.server.wait(timeout=10)

    def kill(self):
        return self.stop(signal.SIGKILL)

    # --- what it wrote ------------------------------------------------------------------------

    def log(self):
        return self.log_file.read_text(errors="replace") if self.log_file.exists() else ""

    def log_lines(self):
        """The lines without ident and pid: "dhcp: DHCPACK(br0) …", "tftp: sent …", ": started …"."""
        return [re.sub(r"^\S*?(?:dnsmasq|lanlord)(?:-([a-z]+))?(?:\[\d+\])?: ",
                       lambda m: f"{m[1] or ''}: ", line) for line in self.log().splitlines()]

    def wait_log(self, text, timeout=10):
        return wait_for(f"log line with {text!r}",
                        lambda: next((l for l in self.log_lines() if text in l), None), timeout)

    def leases(self):
        """The lease file's lines, split."""
        if not self.lease_file.exists():
            return []
        return [line.split(" ") for line in self.lease_file.read_text().splitlines()]

    def lease_of(self, mac):
        """The lease file's line for a MAC address; the file may be a moment behind the ACK."""
        return wait_for(f"a lease of {mac} in {self.lease_file}",
                        lambda: next((l for l in self.leases() if l[1] == mac), None), 3)

    # --- the end ------------------------------------------------------------------------------

    def close(self):
        for process in self.processes:
            if process.poll() is None:
                process.terminate()
        for process in self.processes:
            try:
                process.wait(timeout=3)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(timeout=3)
        for namespace in [host.namespace for host in self.hosts] + [self.namespace]:
            self._namespace_remove(namespace)
        shutil.rmtree(self.dir)

    def _namespace_remove(self, namespace):
        """Whatever still runs in a namespace of ours was started by us: daemons, for example."""
        left = subprocess.run(["ip", "netns", "pids", namespace], capture_output=True, text=True)
        for pid in left.stdout.split():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
        ip(f"netns del {namespace}")
