# SPDX-License-Identifier: ISC
"""The order of start, as the kernel sees it."""

import os
import re
import signal
import subprocess

import pytest

from lab import wait_for

pytestmark = pytest.mark.lanlord_only("its order is its own")

CALLS = ("openat,bind,clone,clone3,fork,vfork,setresuid,capset,landlock_restrict_self,seccomp,"
         "setsid,write,writev,exit_group")


@pytest.fixture
def trace(lab):
    """The calls of a whole start, in order: (pid, call, its line); and the server's pid."""
    run = lab.dir / "run"
    run.mkdir()
    pid_file, out = run / "pid", lab.dir / "trace"
    conf = lab.conf_write("dhcp-range=10.77.0.100,10.77.0.199,1h\nenable-tftp\n"
                          f"tftp-root={lab.dir}\nhttp-root={lab.dir}\npid-file={pid_file}\n"
                          f"log-facility={run}/log\n")
    strace = ["strace", "-f", "-s", "200", "-o", out, "-e", f"trace={CALLS}"]
    process = subprocess.Popen(lab.server_command("-C", conf, under=strace), stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    lab.processes.append(process)
    # strace itself stays as long as what it traces.
    wait_for("the start", lambda: (run / "log").exists() and "started," in (run / "log").read_text())
    pid = int(pid_file.read_text())
    os.kill(pid, signal.SIGTERM)
    process.wait(timeout=10)
    calls = []
    for line in out.read_text(errors="replace").splitlines():
        match = re.match(r"(\d+) +(\w+)\(", line)
        if match:
            calls.append((int(match[1]), match[2], line))
    return pid, calls


def place(calls, pid, pattern):
    """Where the first call of this process that matches stands."""
    for number, (who, _, line) in enumerate(calls):
        if who == pid and re.search(pattern, line):
            return number
    raise AssertionError(f"no call like {pattern}")


def test_a_server_starts_in_the_order_that_is_promised(lab, trace):
    pid, calls = trace
    parent = calls[0][0]
    order = [
        ("parse", place(calls, parent, rf'openat\(.*"{lab.dir}/conf"')),
        ("daemonise", place(calls, parent, r"clone|fork")),
        ("log", place(calls, pid, rf'openat\(.*"{lab.dir}/run/log"')),
        ("DHCP socket", place(calls, pid, r"bind\(.*sin_port=htons\(67\)")),
        ("TFTP socket", place(calls, pid, r"bind\(.*sin_port=htons\(69\)")),
        ("HTTP socket", place(calls, pid, r"bind\(.*sin_port=htons\(80\)")),
        ("helper", place(calls, pid, r"(clone|fork)\((?!.*CLONE_THREAD)")),
        ("store", place(calls, pid, rf'openat\(.*"{lab.lease_file}.db"')),
        ("pid file", place(calls, pid, rf'openat\(.*"{lab.dir}/run/pid", .*O_EXCL')),
        ("user", place(calls, pid, r"setresuid\(65534")),
        ("Landlock", place(calls, pid, r"landlock_restrict_self\(")),
        ("seccomp", place(calls, pid, r"seccomp\(SECCOMP_SET_MODE_FILTER, .*\{")),
        ("first thread", place(calls, pid, r"clone3?\(.*CLONE_THREAD")),
        ("started", place(calls, pid, r"writev?\(.*started, version")),
        ("the parent's leave", place(calls, parent, r"exit_group\(0\b")),
    ]
    assert [name for name, _ in sorted(order, key=lambda step: step[1])] == [
        name for name, _ in order]


def test_only_the_helper_is_forked_and_before_the_store(lab, trace):
    pid, calls = trace
    forks = [line for who, call, line in calls
             if who == pid and call in ("clone", "clone3", "fork") and "CLONE_THREAD" not in line]
    assert len(forks) == 1


def test_nothing_is_opened_outside_after_the_fence(lab, trace):
    """What was opened later lies in the folders that the configuration names."""
    pid, calls = trace
    fence = place(calls, pid, r"landlock_restrict_self\(")
    later = [line for who, call, line in calls[fence:]
             if call == "openat" and " = -1" not in line and f'"{lab.dir}' not in line
             and who != helper_pid(calls, pid)]
    assert later == []


def helper_pid(calls, pid):
    line = calls[place(calls, pid, r"(clone|fork)\((?!.*CLONE_THREAD)")][2]
    return int(line.rsplit("= ", 1)[1])
