# SPDX-License-Identifier: ISC
"""hostsdir: files come, change and go, and names with them."""

import os
import signal
import time

import pytest

import dns_text
import lab as lab_module

SERVERS = [lab_module.SERVER, lab_module.DNSMASQ]


def ask(lab, words):
    with lab_module.inside(lab.namespace):
        return dns_text.ask(words, (lab_module.SERVER_IP, 53), timeout=0.5)


def has(lab, name, address):
    """Whether, within a moment, the name has this address, or none."""
    wanted = f"an {name} 0 A {address}"
    lab_module.wait_for(f"{name} {address}", lambda: (wanted in ask(lab, f"{name} A")) if address
                        else ask(lab, f"{name} A")[0].startswith(("REFUSED", "NXDOMAIN")), 5)


@pytest.fixture(params=SERVERS, ids=["the server", "dnsmasq"])
def folder(lab, request):
    """A folder of hosts files, with a server that watches it."""
    lab.program = request.param
    path = lab.dir / "hosts.d"
    path.mkdir()
    (path / "first").write_text("192.0.2.1 first.lan second.lan\n")
    for name in (".hidden", "x~", "#x#"):
        (path / name).write_text("192.0.2.9 hidden.lan\n")
    (path / "folder").mkdir()
    (lab.dir / "conf").write_text("\n".join(
        ["no-resolv", "no-hosts", "interface=br0", "dhcp-leasefile=", f"hostsdir={path}"]) + "\n")
    lab.start()
    has(lab, "first.lan", "192.0.2.1")
    return path


def test_files_that_come_change_and_go_are_noticed(lab, folder):
    (folder / "new").write_text("192.0.2.2 new.lan\n")
    has(lab, "new.lan", "192.0.2.2")
    lab.wait_log(f"inotify: {folder}/new new or modified")
    lab.wait_log(f"read {folder}/new - 1 names")
    (folder / "new").write_text("192.0.2.3 new.lan newer.lan\n")
    has(lab, "newer.lan", "192.0.2.3")
    assert "an new.lan 0 A 192.0.2.3" in ask(lab, "new.lan A")
    assert ask(lab, "2.2.0.192.in-addr.arpa PTR")[0].startswith("REFUSED")
    lab.wait_log(f"inotify: flushed 1 names read from {folder}/new")
    (folder / "first").unlink()
    has(lab, "first.lan", None)
    has(lab, "second.lan", None)
    lab.wait_log(f"inotify: {folder}/first removed")
    has(lab, "newer.lan", "192.0.2.3")


def test_what_is_hidden_or_left_behind_by_editors_does_not_count(lab, folder):
    (folder / ".later").write_text("192.0.2.9 hidden.lan\n")
    (folder / "later~").write_text("192.0.2.9 hidden.lan\n")
    (folder / "seen").write_text("192.0.2.4 seen.lan\n")
    has(lab, "seen.lan", "192.0.2.4")
    has(lab, "hidden.lan", None)


def test_a_file_counts_once_it_is_written_and_closed_or_moved_in(lab, folder):
    with open(folder / "slow", "w") as slow:
        slow.write("192.0.2.5 slow.lan\n")
        slow.flush()
        time.sleep(0.3)
        has(lab, "slow.lan", None)
        slow.write("192.0.2.6 slower.lan\n")
    has(lab, "slow.lan", "192.0.2.5")
    has(lab, "slower.lan", "192.0.2.6")
    (lab.dir / "moved").write_text("192.0.2.7 moved.lan\n")
    os.rename(lab.dir / "moved", folder / "moved")
    has(lab, "moved.lan", "192.0.2.7")


def test_a_file_that_is_moved_out_is_gone(lab, folder):
    if lab.program == lab_module.DNSMASQ:
        pytest.skip("dnsmasq keeps its names")
    os.rename(folder / "first", lab.dir / "first")
    has(lab, "first.lan", None)


def test_many_files_at_once_are_all_read(lab, folder):
    for number in range(300):
        (folder / f"file{number}").write_text(f"10.1.{number // 256}.{number % 256} host{number}.lan\n")
    for number in (0, 150, 299):
        has(lab, f"host{number}.lan", f"10.1.{number // 256}.{number % 256}")
    for number in range(300):
        (folder / f"file{number}").unlink()
    for number in (0, 150, 299):
        has(lab, f"host{number}.lan", None)
    has(lab, "first.lan", "192.0.2.1")


def test_sighup_reads_all_of_them(lab, folder):
    (folder / "new").write_text("192.0.2.2 new.lan\n")
    has(lab, "new.lan", "192.0.2.2")
    lab.server.send_signal(signal.SIGHUP)
    lab_module.wait_for("another reading", lambda: lab.log().count(f"read {folder}/first") == 2)
    has(lab, "first.lan", "192.0.2.1")
    has(lab, "new.lan", "192.0.2.2")
    (folder / "new").unlink()
    has(lab, "new.lan", None)


@pytest.mark.parametrize("program", SERVERS, ids=["the server", "dnsmasq"])
def test_a_folder_that_is_missing_is_told_and_watched_after_sighup(lab, program):
    lab.program = program
    path = lab.dir / "later"
    (lab.dir / "conf").write_text("\n".join(
        ["no-resolv", "no-hosts", "interface=br0", "dhcp-leasefile=", f"hostsdir={path}"]) + "\n")
    lab.start()
    lab.wait_log(f"bad dynamic directory {path}: No such file or directory")
    path.mkdir()
    (path / "a").write_text("192.0.2.1 a.lan\n")
    lab.server.send_signal(signal.SIGHUP)
    has(lab, "a.lan", "192.0.2.1")
    (path / "b").write_text("192.0.2.2 b.lan\n")
    has(lab, "b.lan", "192.0.2.2")


@pytest.fixture
def closed_folder(lab):
    """A folder that root alone may look into, and a server that gave up being root."""
    if lab_module.server_is_dnsmasq():
        pytest.skip("dnsmasq cannot read such a folder any more")
    path = lab.dir / "hosts.d"
    path.mkdir(mode=0o700)
    (path / "first").write_text("192.0.2.1 first.lan\n")
    (lab.dir / "conf").write_text("\n".join(
        ["no-resolv", "no-hosts", "interface=br0", "dhcp-leasefile=", "user=nobody",
         f"hostsdir={path}"]) + "\n")
    lab.start()
    return path


def test_a_folder_of_roots_is_read_and_watched_by_a_server_that_is_not_root(lab, closed_folder):
    has(lab, "first.lan", "192.0.2.1")
    (closed_folder / "new").write_text("192.0.2.2 new.lan\n")
    has(lab, "new.lan", "192.0.2.2")
    lab.server.send_signal(signal.SIGHUP)
    lab_module.wait_for("another reading", lambda: lab.log().count(f"read {closed_folder}/first") == 2)
    (closed_folder / "first").unlink()
    has(lab, "first.lan", None)
