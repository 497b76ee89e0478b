# SPDX-License-Identifier: ISC
"""What a syslog daemon gets: a /dev of the test's own, with a socket in it."""

import os
import re
import signal
import socket
import subprocess

import pytest

from lab import server_is_dnsmasq, unshare, wait_for

RANGE = "dhcp-range=10.77.0.100,10.77.0.199,1h\nno-ping\n"


class Syslog:
    """Listens on the /dev/log that programs started by run() see."""

    def __init__(self, lab):
        self.lab = lab
        self.dev = lab.dir / "dev"
        self.dev.mkdir()
        for name, minor in (("null", 3), ("urandom", 9)):
            os.mknod(self.dev / name, 0o666 | 0o020000, os.makedev(1, minor))
            (self.dev / name).chmod(0o666)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(self.dev / "log"))
        (self.dev / "log").chmod(0o666)
        self.socket.settimeout(5)

    def command(self, *args):
        """The server, with our /dev for its own."""
        return self.lab.server_command(*args, under=[
            *unshare("--mount"), "sh", "-c", 'mount --bind "$0" /dev && exec "$@"', self.dev])

    def run(self, *args):
        return subprocess.run(self.command(*args), capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, timeout=20)

    def line(self):
        """The next line: (facility, severity, ident, pid, text)."""
        text = self.socket.recv(8192).rstrip(b"\0\n").decode()
        match = re.fullmatch(r"<(\d+)>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d ([\w-]+)\[(\d+)\]: (.*)", text)
        assert match, text
        priority = int(match[1])
        return priority >> 3, priority & 7, match[2], int(match[3]), match[4]


@pytest.fixture
def syslog(lab):
    yield Syslog(lab)


DAEMON, LOCAL3 = 3, 19
CRITICAL, INFO = 2, 6


def daemon_start(lab, syslog, text):
    run = lab.dir / "run"
    run.mkdir()
    run.chmod(0o777)
    done = syslog.run("-C", lab.conf_write(text + f"pid-file={run}/pid\n"))
    assert (done.returncode, done.stderr) == (0, "")
    return int((run / "pid").read_text())


def test_a_daemon_logs_to_syslog_with_its_idents(lab, syslog, client):
    pid = daemon_start(lab, syslog, RANGE)
    facility, severity, ident, said_pid, text = syslog.line()
    assert (facility, severity, ident, said_pid) == (DAEMON, INFO, "dnsmasq", pid)
    assert text.startswith("started, version ")
    assert syslog.line()[4].startswith("compile time options: ")
    assert syslog.line()[2:] == ("dnsmasq-dhcp", pid,
                                 "DHCP, IP range 10.77.0.100 -- 10.77.0.199, lease time 1h")
    client.discover()
    assert syslog.line()[2:] == ("dnsmasq-dhcp", pid, f"DHCPDISCOVER(br0) {client.mac} ")
    os.kill(pid, signal.SIGTERM)
    assert any(syslog.line()[4] == "exiting on receipt of SIGTERM" for _ in range(2))


def test_log_facility_names_the_facility(lab, syslog):
    pid = daemon_start(lab, syslog, RANGE + "log-facility=local3\n")
    assert syslog.line()[:3] == (LOCAL3, INFO, "dnsmasq")
    os.kill(pid, signal.SIGTERM)


@pytest.mark.parametrize("option, limit", [
    ("log-async=50", 50), ("log-async", 5), ("log-async=100", 100),
    ("log-async=101", 100), ("log-async=4000000000", 100)])
def test_log_async_says_so_and_loses_nothing_in_peace(lab, syslog, option, limit):
    if option.endswith("00000") and server_is_dnsmasq():
        pytest.skip("a number of its own becomes of it")
    pid = daemon_start(lab, syslog, RANGE + option + "\n")
    lines = [syslog.line()[4] for _ in range(4)]
    assert f"asynchronous logging enabled, queue limit is {limit} messages" in lines
    os.kill(pid, signal.SIGTERM)
    assert syslog.line()[4] == "exiting on receipt of SIGTERM"


@pytest.mark.parametrize("option", ["log-async=0", "log-async="])
def test_log_async_of_no_lines_is_off(lab, syslog, option):
    pid = daemon_start(lab, syslog, RANGE + option + "\n")
    os.kill(pid, signal.SIGTERM)
    told = []
    while not told or told[-1] != "exiting on receipt of SIGTERM":
        told.append(syslog.line()[4])
    assert not any("asynchronous" in line for line in told), told


def test_a_failed_start_is_told_to_syslog_and_stderr(lab, syslog):
    done = syslog.run("-C", lab.conf_write(RANGE + "user=nobody-of-this-name\n"))
    assert done.returncode == 1
    assert re.fullmatch(r"\n(dnsmasq|lanlord): unknown user or group: nobody-of-this-name\n",
                        done.stderr)
    assert syslog.line()[:3] == (DAEMON, CRITICAL, "dnsmasq")
    assert syslog.line()[1::3] == (CRITICAL, "FAILED to start up")


def test_debug_mode_logs_to_both(lab, syslog):
    path = lab.conf_write("bind-interfaces\n" + RANGE)
    process = subprocess.Popen(syslog.command("-d", "-C", path), text=True,
                               stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
    lab.processes.append(process)
    assert syslog.line()[4].startswith("started, version ")
    process.terminate()
    _, errors = process.communicate(timeout=5)
    assert re.match(r"dnsmasq: started, version ", errors)


@pytest.mark.lanlord_only("dnsmasq's own threads of execution are one")
def test_a_syslog_that_takes_nothing_holds_nobody_up(lab, syslog, clients):
    """With log-async the queue overflows and says how much was lost."""
    syslog.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
    pid = daemon_start(lab, syslog, RANGE + "log-async=5\nlog-dhcp\n")
    for client in clients(20):
        assert client.lease(timeout=2)
    told = []
    syslog.socket.settimeout(1)
    while True:
        try:
            told.append(syslog.line()[4])
        except TimeoutError:
            break
    assert any(re.fullmatch(r"overflow: \d+ log entries lost", line) for line in told)
    os.kill(pid, signal.SIGTERM)
    wait_for("the end", lambda: not os.path.exists(f"/proc/{pid}"))
