# SPDX-License-Identifier: ISC
"""Names while something changes: signals, reloads, files."""

import concurrent.futures
import shutil
import signal
import threading
import time

import dns.rcode
import pytest

from dns_client import addresses, query, tcp_hear, tcp_send, tcp_socket
from dns_net import FORWARD, UP, UP2, word
from lab import unshare, wait_for


class Asking:
    """Asks one question after the other, in a thread of its own, and counts those without reply."""

    def __init__(self, net, names):
        self.asker, self.names = net.asker, names
        self.asked = self.lost = 0
        self.seen = set()
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self._run)

    def _run(self):
        while not self.stop.is_set():
            name = self.names(self.asked)
            reply = self.asker.udp(name, timeout=2)
            self.asked += 1
            if reply is None:
                self.lost += 1
            else:
                self.seen |= set(addresses(reply))

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        self.thread.join()


def test_sighup_while_asking_loses_no_question(net):
    hosts = net.lab.dir / "hosts"
    hosts.write_text("".join(f"10.99.{n >> 8}.{n & 255} h{n}.lan\n" for n in range(5000)))
    net.start(FORWARD + f"addn-hosts={hosts}\n")
    names = ["h4999.lan", "n{}.wild.example", "same.wild.example"]
    with Asking(net, lambda n: names[n % 3].format(n)) as asking:
        for _ in range(10):
            time.sleep(0.1)
            net.lab.server.send_signal(signal.SIGHUP)
        time.sleep(0.2)
    assert asking.lost == 0
    assert asking.asked > 50
    assert asking.seen == {"10.99.19.135", "192.0.2.16"}


@pytest.mark.lanlord_only("it cannot change its configuration while running")
def test_a_reload_changes_names_and_loses_no_question(net):
    net.start(FORWARD + "host-record=box.lan,10.77.0.9\n")
    names = ["box.lan", "n{}.wild.example"]
    with Asking(net, lambda n: names[n % 2].format(n)) as asking:
        for number in range(10, 20):
            time.sleep(0.05)
            net.conf(FORWARD + f"host-record=box.lan,10.77.0.{number}\nlocal=/gone.example/\n")
            done = word(net.lab, "reload")
            assert done.returncode == 0, done.stderr
            assert net.asker.addresses("box.lan") == [f"10.77.0.{number}"]
    assert asking.lost == 0
    assert asking.seen <= {f"10.77.0.{n}" for n in range(9, 20)} | {"192.0.2.16"}
    assert net.asker.udp("x.gone.example").rcode() == dns.rcode.NXDOMAIN


@pytest.mark.lanlord_only("it cannot change its configuration while running")
def test_a_reload_changes_the_servers_and_a_question_in_flight_is_answered(net):
    net.start(FORWARD)
    net.upstream.say("slow.example 300 A 192.0.2.84", "slow.example ! delay=0.5",
                     f"{UP}: which.example 300 A 192.0.2.153",
                     f"{UP2}: which.example 300 A 192.0.2.154")
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        slow = pool.submit(net.asker.addresses, "slow.example")
        wait_for("the query", lambda: net.upstream.asked("slow.example"))
        net.conf(f"server={UP2}\n")
        assert word(net.lab, "reload").returncode == 0
        assert net.asker.addresses("which.example") == ["192.0.2.154"]
        assert slow.result() == ["192.0.2.84"]


@pytest.mark.lanlord_only("it cannot change its configuration while running")
def test_a_bad_file_leaves_names_as_they_were(net):
    net.start("host-record=box.lan,10.77.0.9\n")
    path = net.conf("host-record=box.lan,10.77.0.10\nsrever=10.77.0.54\n")
    done = word(net.lab, "reload")
    assert done.returncode == 1
    assert f"{path}:6: " in done.stderr
    assert net.asker.addresses("box.lan") == ["10.77.0.9"]


@pytest.mark.lanlord_only("it cannot change its configuration while running")
def test_a_reload_moves_names_to_another_port_and_turns_them_off_and_on(net):
    def reload(text):
        net.conf(text + "host-record=box.lan,10.77.0.9\n")
        assert word(net.lab, "reload").returncode == 0

    def answers(port, how):
        return getattr(net.asker, how)("box.lan", timeout=1, port=port) is not None

    net.start("host-record=box.lan,10.77.0.9\n")
    with tcp_socket(net.host.namespace, None, net.asker.to, timeout=2) as before:
        tcp_send(before, query("box.lan"))
        assert tcp_hear(before)
        for config, port in [("port=5353\n", 5353), ("port=0\n", None), ("", 53),
                             ("cache-size=0\n", 53), ("cache-size=9999\n", 53)]:
            reload(config)
            for one in 53, 5353:
                for how in "udp", "tcp":
                    assert answers(one, how) == (one == port), (config, one, how)
            if port == 5353:		# a connection to the port that was is none any more
                tcp_send(before, query("box.lan"))
                assert tcp_hear(before) is None


@pytest.mark.lanlord_only("it cannot change its configuration while running")
def test_a_reload_that_turns_names_off_tells_of_no_files(net):
    net.start("no-resolv\nserver=10.77.0.53\n")
    before = len(net.lab.log())
    net.conf("port=0\nno-resolv\nserver=10.77.0.53\n")
    assert word(net.lab, "reload").returncode == 0
    said = net.lab.log()[before:]
    assert "generation 2 serves" in said
    assert "using nameserver" not in said and "names\n" not in said


@pytest.mark.lanlord_only("it cannot change its configuration while running")
def test_an_open_connection_gets_no_answers_after_names_are_turned_off(net):
    net.start("host-record=box.lan,10.77.0.9\n")
    with tcp_socket(net.host.namespace, None, net.asker.to, timeout=2) as before:
        tcp_send(before, query("box.lan"))
        assert tcp_hear(before)
        net.conf("port=0\n")
        assert word(net.lab, "reload").returncode == 0
        tcp_send(before, query("box.lan"))
        assert tcp_hear(before) is None


def own_etc(net):
    """From now on the server sees a copy of /etc; returns its path."""
    unshare("--mount")
    etc = net.lab.dir / "etc"
    shutil.copytree("/etc", etc, symlinks=True, ignore=lambda folder, names: [
        name for name in names if folder == "/etc" and name not in
        ("passwd", "group", "nsswitch.conf", "ld.so.cache", "localtime", "ssl", "protocols")])
    program = net.lab.dir / "program"
    program.write_text(f"#!/bin/sh\nexec unshare --mount sh -c 'mount --bind {etc} /etc && "
                       f'exec "$0" "$@"\' {net.lab.program} "$@"\n')
    program.chmod(0o755)
    net.lab.program = program
    return etc


def replace(path, text):
    new = path.with_name(f".{path.name}")
    new.write_text(text)
    new.rename(path)


def test_resolv_conf_is_followed_and_etc_hosts_is_read(net):
    etc = own_etc(net)
    net.upstream.say(f"{UP}: which.example 0 A 192.0.2.153",
                     f"{UP2}: which.example 0 A 192.0.2.154")
    (etc / "hosts").write_text("10.77.0.77 named.lan\n")
    (etc / "resolv.conf").write_text(f"nameserver {UP}\n")
    net.start("", hosts=True)
    assert net.asker.addresses("named.lan") == ["10.77.0.77"]
    wait_for("the first server", lambda: net.asker.addresses("which.example") == ["192.0.2.153"])
    time.sleep(1.1)                         # dnsmasq looks at whole seconds
    replace(etc / "resolv.conf", f"nameserver {UP2}\n")
    wait_for("the second server", lambda: net.asker.addresses("which.example") == ["192.0.2.154"], 5)
    (etc / "hosts").write_text("10.77.0.78 named.lan\n")
    net.lab.server.send_signal(signal.SIGHUP)
    wait_for("the new hosts", lambda: net.asker.addresses("named.lan") == ["10.77.0.78"], 5)
    (etc / "resolv.conf").unlink()
    time.sleep(0.3)
    assert net.asker.addresses("which.example") == ["192.0.2.154"]
