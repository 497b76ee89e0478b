# SPDX-License-Identifier: ISC
"""Where log lines go: files of log-facility with their owner and mode, stderr, and what is in a line."""

import grp
import os
import pathlib
import pwd
import re
import signal
import stat
import subprocess

import pytest

from dns_net import FORWARD
from lab import wait_for

NOBODY = pwd.getpwnam("nobody").pw_uid
STAMP = r"[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d "


class Daemon:
    """A server in the background; its user may write where its log is."""

    def __init__(self, lab):
        self.lab = lab
        self.run = lab.dir / "run"
        self.run.mkdir()
        self.run.chmod(0o777)
        self.log = self.run / "log"
        self.pid = None

    def start(self, text="", facility=None):
        path = self.lab.conf_write(f"pid-file={self.run}/pid\nno-resolv\nno-hosts\n"
                                   f"log-facility={facility or self.log}\n" + text)
        with open(self.run / "errors", "ab") as errors:
            done = subprocess.run(self.lab.server_command("-C", path), stdin=subprocess.DEVNULL,
                                  stdout=subprocess.DEVNULL, stderr=errors, timeout=20)
        assert done.returncode == 0, self.errors()
        self.pid = int((self.run / "pid").read_text())

    def errors(self):
        return (self.run / "errors").read_text().splitlines()

    def open_files(self):
        return {os.readlink(link) for link in pathlib.Path(f"/proc/{self.pid}/fd").iterdir()}

    def end(self):
        os.kill(self.pid, signal.SIGTERM)
        wait_for("the end", lambda: not os.path.exists(f"/proc/{self.pid}"))
        self.pid = None


@pytest.fixture
def daemon(lab):
    daemon = Daemon(lab)
    yield daemon
    if daemon.pid:
        daemon.end()


def kind(path):
    """Mode, owner and group."""
    info = path.stat()
    return f"{stat.S_IMODE(info.st_mode):04o}", info.st_uid, info.st_gid


DIP, GAMES = (grp.getgrnam(name).gr_gid for name in ("dip", "games"))


@pytest.mark.parametrize("before, after", [
    (None, ("0660", NOBODY, 0)),
    ((0o600, 0, 0), ("0660", NOBODY, 0)),
    ((0o644, 0, 0), ("0660", NOBODY, 0)),
    ((0o444, 5, 0), ("0660", NOBODY, 0)),
    ((0o600, 0, GAMES), ("0600", NOBODY, GAMES)),
    ((0o644, 0, DIP), ("0644", NOBODY, DIP)),
    ((0o606, 5, GAMES), ("0606", NOBODY, GAMES)),
])
def test_a_log_file_becomes_its_users_and_one_of_roots_group_is_that_groups_too(daemon, before, after):
    if before:
        daemon.log.write_text("before\n")
        daemon.log.chmod(before[0])
        os.chown(daemon.log, *before[1:])
    daemon.start()
    assert kind(daemon.log) == after
    lines = daemon.log.read_text().splitlines()
    assert (lines[0] == "before") == bool(before)        # it is added to
    assert re.match(STAMP + r"dnsmasq\[\d+\]: started, version ", lines[bool(before)])


def test_on_sigusr2_lines_go_into_a_new_file_of_its_user_and_into_no_other(daemon):
    daemon.start()
    old = daemon.run / "log.1"
    daemon.log.rename(old)
    before = old.read_text()
    os.kill(daemon.pid, signal.SIGUSR2)
    wait_for("a new log file", daemon.log.exists)
    daemon.end()
    assert kind(daemon.log) == ("0640", NOBODY, DIP)
    assert "exiting on receipt of SIGTERM" in daemon.log.read_text()
    assert old.read_text() == before


def test_on_sigusr2_a_file_that_was_made_for_it_keeps_its_mode(daemon):
    """As logrotate's "create" makes it."""
    daemon.start()
    daemon.log.rename(daemon.run / "log.1")
    new = daemon.run / "new"
    new.touch(0o600)
    new.chmod(0o600)
    os.chown(new, NOBODY, GAMES)
    new.rename(daemon.log)
    os.kill(daemon.pid, signal.SIGUSR2)
    wait_for("the new file", lambda: str(daemon.log) in daemon.open_files())
    daemon.end()
    assert "exiting on receipt of SIGTERM" in daemon.log.read_text()
    assert kind(daemon.log) == ("0600", NOBODY, GAMES)


def test_a_daemon_that_logs_elsewhere_lets_go_of_stderr(daemon):
    daemon.start()
    assert str(daemon.run / "errors") not in daemon.open_files()
    daemon.end()
    assert daemon.errors() == []


def test_a_dash_is_stderr_with_the_time_in_the_background(daemon):
    daemon.start(facility="-")
    daemon.end()
    told = daemon.errors()
    assert "exiting on receipt of SIGTERM" in told[-1]
    assert all(re.match(STAMP + r"dnsmasq\[\d+\]: ", line) for line in told), told


def test_a_dash_is_stderr_without_the_time_in_the_foreground(lab):
    lab.start("")
    assert lab.stop() == 0
    told = lab.log().splitlines()
    assert told and all(re.match(r"dnsmasq\[\d+\]: ", line) for line in told), told


def test_log_async_writes_each_line_to_a_file_in_order(daemon):
    daemon.start("log-async=100\n")
    for _ in range(5):
        os.kill(daemon.pid, signal.SIGHUP)
    daemon.end()
    lines = daemon.log.read_text().splitlines()
    assert "started, version" in lines[0]
    assert "exiting on receipt of SIGTERM" in lines[-1]
    assert not any("asynchronous" in line or "overflow" in line for line in lines), lines


@pytest.mark.lanlord_only("it has other words for other things")
@pytest.mark.parametrize("option, told", [("", False), ("log-debug\n", True)])
def test_log_debug_tells_what_only_helps_to_find_mistakes(lab, option, told):
    lab.start(f"enable-tftp\ntftp-no-fail\ntftp-root={lab.dir}/nowhere\n" + option)
    lab.stop()
    assert (f": cannot open {lab.dir}/nowhere yet: No such file or directory"
            in lab.log_lines()) == told


@pytest.mark.lanlord_only("2.90 takes it for log-queries alone")
def test_log_queries_proto_has_the_protocol_before_what_extra_has(net):
    net.start(FORWARD + "log-queries=extra\nlog-queries=proto\nhost-record=box.lan,192.0.2.7\n")
    net.asker.udp("box.lan")
    net.asker.tcp("box.lan")
    net.lab.stop()
    lines = [re.sub(r"/\d+", "/PORT", line) for line in net.lab.log_lines() if "box.lan" in line]
    assert lines == [f": {how} {n} 10.77.0.2/PORT {what}" for n, how in ((1, "UDP"), (2, "TCP"))
                     for what in ("query[A] box.lan from 10.77.0.2", "config box.lan is 192.0.2.7")]


@pytest.mark.lanlord_only("2.90 takes it for log-queries alone")
def test_log_queries_auth_tells_of_zones_alone(net):
    net.start(FORWARD + "log-queries=auth\nlog-queries=extra\nhost-record=box.lan,192.0.2.7\n"
              "auth-server=ns.example,lo\nauth-zone=zone.test\nhost-record=a.zone.test,192.0.2.8\n",
              interface=None)
    net.asker.udp("box.lan")
    subprocess.run(["ip", "netns", "exec", net.lab.namespace, "dig", "+short", "@127.0.0.1",
                    "nobody.zone.test"], check=True, capture_output=True)
    net.lab.stop()
    lines = [re.sub(r"/\d+", "/PORT", line) for line in net.lab.log_lines() if "127.0.0.1" in line
             or "box.lan" in line]
    assert lines == [": 2 127.0.0.1/PORT auth[A] nobody.zone.test from 127.0.0.1",
                     ": 2 127.0.0.1/PORT auth nobody.zone.test is NXDOMAIN"]
