# SPDX-License-Identifier: ISC
"""conntrack and connmark-allowlist: the marks of the kernel's connections.

A rule gives what a client sends a mark by its address; others count what leaves for servers.
"""

import re
import subprocess

import dns.rcode
import pytest

from dns_client import Asker, opt_record
from dns_net import FORWARD, Net
from lab import SERVER_IP, enter, server_is_dnsmasq

RULES = """
table inet marks {
    map given { type ipv4_addr : mark; elements = { 10.77.0.3 : 1, 10.77.0.4 : 2, 10.77.0.5 : 0x101, 10.77.0.6 : 3 } }
    chain in { type filter hook prerouting priority mangle
        ct mark set ip saddr map @given
        ip6 saddr fd77::2 ct mark set 5
    }
    chain out { type filter hook output priority mangle
        ip daddr 10.77.0.53 udp dport 53 meta mark 0 counter
        ip daddr 10.77.0.53 udp dport 53 meta mark 1 counter
        ip daddr 10.77.0.53 udp dport 53 meta mark 2 counter
        ip daddr 10.77.0.53 udp dport 53 meta mark 5 counter
        ip daddr 10.77.0.53 udp dport 53 meta mark 0x101 counter
        ip daddr 10.77.0.53 tcp dport 53 tcp flags & (syn | ack) == syn meta mark 0 counter
        ip daddr 10.77.0.53 tcp dport 53 tcp flags & (syn | ack) == syn meta mark 1 counter
    }
}
"""
ASKERS = {0: "10.77.0.2", 1: "10.77.0.3", 2: "10.77.0.4", 0x101: "10.77.0.5", 3: "10.77.0.6"}
# dnsmasq keeps the right to read marks for conntrack alone, so it stays root here.
ROOT = "user=root\n"


class Marks(Net):
    def __init__(self, lab):
        super().__init__(lab)
        subprocess.run([*enter(lab.namespace), "nft", "-f", "-"], input=RULES, text=True, check=True)
        for address in list(ASKERS.values())[1:]:
            self.host.address_add(f"{address}/24")

    def asked_by(self, mark):
        return Asker(self.host, SERVER_IP, ASKERS[mark])

    def left(self):
        """How many questions left for the server with which mark: {("udp", 1): 2, …}."""
        shown = subprocess.run([*enter(self.lab.namespace), "nft", "list", "chain", "inet", "marks", "out"],
                               capture_output=True, text=True, check=True).stdout
        return {(kind, int(mark, 16)): int(count) for kind, mark, count in re.findall(
            r"(udp|tcp) dport 53 .*meta mark (0x\w+) counter packets (\d+)", shown) if int(count)}


@pytest.fixture
def marks(lab):
    marks = Marks(lab)
    yield marks
    marks.upstream.close()


def test_a_question_goes_upstream_with_the_mark_of_the_clients(marks):
    marks.start(ROOT + FORWARD + "conntrack")
    for mark in (0, 1, 2, 0x101, 1):
        reply = marks.asked_by(mark).udp(f"n{mark}-{len(marks.upstream.seen)}.wild.example")
        assert reply.rcode() == dns.rcode.NOERROR
    marks.asker_to("fd77::1", "fd77::2").udp("six.wild.example")
    assert marks.left() == {("udp", 0): 1, ("udp", 1): 2, ("udp", 2): 1, ("udp", 5): 1,
                            ("udp", 0x101): 1}


def test_by_tcp_too(marks):
    marks.start(ROOT + FORWARD + "conntrack")
    assert marks.asked_by(1).tcp("n1.wild.example")
    assert marks.asked_by(0).tcp("n0.wild.example")
    assert marks.left() == {("tcp", 1): 1, ("tcp", 0): 1}


def test_without_conntrack_nothing_is_marked(marks):
    marks.start(ROOT + FORWARD)
    marks.asked_by(1).udp("n1.wild.example")
    assert marks.left() == {("udp", 0): 1}


@pytest.mark.lanlord_only("it hands truncated answers on")
def test_a_truncated_answer_is_fetched_with_the_mark(marks):
    marks.upstream.say("cut.example 300 A 192.0.2.7", "cut.example ! truncate")
    marks.start(FORWARD + "conntrack")
    assert marks.asked_by(1).addresses("cut.example") == ["192.0.2.7"]
    assert marks.left() == {("udp", 1): 1, ("tcp", 1): 1}


def test_where_nothing_is_tracked_it_is_told_once_and_all_are_answered(net):
    more = "" if server_is_dnsmasq() else "\ndns-workers=4"
    net.start(ROOT + FORWARD + "conntrack\nconnmark-allowlist-enable" + more)
    for n in range(12):
        assert net.asker.addresses(f"n{n}.wild.example") == ["192.0.2.16"]
    line = ": Conntrack connection mark retrieval failed: No such file or directory"
    assert net.lab.log_lines().count(line) == 1


ALLOW = """
connmark-allowlist-enable
connmark-allowlist=1,*.wild.example/own.lan.example
connmark-allowlist=2,*
connmark-allowlist=3
host-record=own.lan.example,192.0.2.1
host-record=other.lan.example,192.0.2.2
address=/block.example.org/192.0.2.3
log-queries
"""
NAMES = ["n1.wild.example", "wild.example", "a.b.wild.example", "own.lan.example",
         "other.lan.example", "block.example.org", "simple", "4.3.2.1.in-addr.arpa"]
ALLOWED = {0: set(NAMES), 1: {"n1.wild.example", "own.lan.example"}, 2: set(NAMES), 3: set(),
           0x101: set()}


def answered(marks, how):
    return {mark: {name for name in NAMES
                   if how(marks.asked_by(mark), name).rcode() != dns.rcode.REFUSED}
            for mark in ALLOWED}


@pytest.mark.parametrize("how", [Asker.udp, Asker.tcp], ids=["udp", "tcp"])
def test_a_mark_may_ask_for_what_is_on_its_list(marks, how):
    marks.start(ROOT + FORWARD + ALLOW)
    assert answered(marks, how) == ALLOWED


def test_what_was_kept_for_others_is_refused_all_the_same(marks):
    marks.start(ROOT + FORWARD + ALLOW)
    for _ in range(2):
        assert marks.asked_by(0).addresses("a.b.wild.example") == ["192.0.2.16"]
    assert marks.asked_by(1).udp("a.b.wild.example").rcode() == dns.rcode.REFUSED


def test_what_is_refused_says_that_it_is_blocked(marks):
    marks.start(ROOT + FORWARD + ALLOW)
    reply = marks.asked_by(3).udp("n1.wild.example", opt=opt_record())
    assert [int(option.code) for option in reply.options] == [15]
    assert ": config error is REFUSED (EDE: blocked)" in marks.lab.log_lines()
    assert not marks.upstream.asked("n1.wild.example")


def test_the_mask_says_which_bits_of_a_mark_count(marks):
    marks.start(ROOT + FORWARD + "connmark-allowlist-enable=255\nconnmark-allowlist=1,*.wild.example")
    assert marks.asked_by(0x101).udp("n1.wild.example").rcode() == dns.rcode.NOERROR
    assert marks.asked_by(2).udp("n1.wild.example").rcode() == dns.rcode.REFUSED
    marks.lab.stop()
    marks.start(ROOT + FORWARD + "connmark-allowlist-enable=256\nconnmark-allowlist=257,*.wild.example")
    assert marks.asked_by(1).udp("n2.wild.example").rcode() == dns.rcode.NOERROR
    assert marks.asked_by(0x101).udp("n2.wild.example").rcode() == dns.rcode.REFUSED


@pytest.mark.lanlord_only("it gives up the right to read marks, and so lets all pass")
def test_the_list_holds_without_root(marks):
    marks.start(FORWARD + ALLOW)
    assert marks.asked_by(3).udp("n1.wild.example").rcode() == dns.rcode.REFUSED


def test_conntrack_beside_query_port_is_an_error_of_the_configuration(net):
    net.conf(FORWARD + "conntrack\nquery-port=5353")
    done = net.lab.server_run("-d", "-C", net.lab.dir / "conf")
    assert done.returncode == 1
    assert "query-port" in done.stderr
