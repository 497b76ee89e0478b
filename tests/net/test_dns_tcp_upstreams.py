# SPDX-License-Identifier: ISC
"""Connections to servers: kept, pipelined, and closed by whoever likes.

LANLORD=/usr/sbin/dnsmasq runs what it has.
"""

import struct
import time

import pytest

import dns_client
from dns_net import FORWARD, UP, word
from lab import SERVER_IP, wait_for

ONE = FORWARD + "dns-workers=1\n"		# each worker has connections of its own
ONE_EACH = "upstream-tcp-idle=0\n"


def connections(net):
    """The connections that questions came by, each with how many."""
    ports = [s.source_port for s in net.upstream.asked() if s.transport == "tcp"]
    return {port: ports.count(port) for port in ports}


def ask_at_once(net, names):
    """All by one client connection; the addresses in the order in which they came, by name."""
    with dns_client.tcp_socket(net.host.namespace, "10.77.0.2", SERVER_IP, timeout=8) as sock:
        dns_client.tcp_send(sock, *(dns_client.query(name, id=i) for i, name in enumerate(names)))
        heard = [dns_client.read(dns_client.tcp_hear(sock)) for _ in names]
    return {names[reply.id]: dns_client.addresses(reply) for reply in heard if reply}


def options(net, text):
    """lanlord's options, where it is lanlord."""
    return text if "dnsmasq" not in str(net.lab.program) else ""


@pytest.mark.lanlord_only("dnsmasq has a connection for each")
def test_truncated_answers_are_asked_for_again_by_one_connection(net):
    net.upstream.say("* ! truncate")
    net.start(ONE)
    for i in range(20):
        assert net.asker.addresses(f"n{i}.wild.example") == ["192.0.2.16"]
    assert list(connections(net).values()) == [20]
    status = word(net.lab, "status").stdout
    assert "TCP connections made to servers" in status
    made = [line for line in status.splitlines() if "made to servers" in line]
    assert made[0].split()[-1] == "1"


def test_with_upstream_tcp_idle_0_each_client_has_a_connection_as_in_dnsmasq(net):
    net.start(FORWARD + options(net, ONE_EACH + "dns-workers=1\n"))
    for i in range(5):
        assert dns_client.addresses(net.asker.tcp(f"n{i}.wild.example")) == ["192.0.2.16"]
    assert list(connections(net).values()) == [1] * 5


@pytest.mark.lanlord_only("dnsmasq answers one after the other")
def test_answers_by_tcp_come_in_the_order_of_the_servers_both_ways(net):
    net.upstream.say("a.wild.example ! delay=0.15", "b.wild.example ! delay=0.1",
                     "c.wild.example ! delay=0.05")
    net.start(ONE)
    names = [f"{letter}.wild.example" for letter in "abcd"]
    assert list(ask_at_once(net, names)) == names[::-1]
    assert list(connections(net).values()) == [4]


@pytest.mark.parametrize("how", ["drop", "reset"])
@pytest.mark.lanlord_only("dnsmasq has a connection for each")
def test_questions_of_a_connection_that_ends_in_the_middle_are_all_answered(net, how):
    net.upstream.say("*.wild.example ! delay=0.1", f"b.wild.example ! {how} first=1")
    net.start(ONE)
    names = [f"{letter}.wild.example" for letter in "abcdefgh"]
    assert set(ask_at_once(net, names)) == set(names)
    assert len(connections(net)) in (2, 8)     # the second way is for who ended before it answered any


@pytest.mark.lanlord_only("dnsmasq has a connection for each")
def test_a_server_that_closes_after_each_answer_loses_none_and_gets_one_at_a_time(net):
    net.upstream.say("* ! close")
    net.start(ONE)
    for letter in "ab":
        names = [f"{letter}{i}.wild.example" for i in range(20)]
        assert set(ask_at_once(net, names)) == set(names)
        counts = list(connections(net).values())
    assert counts[-20:] == [1] * 20
    status = word(net.lab, "status").stdout
    assert "questions asked by them" in status


@pytest.mark.lanlord_only("dnsmasq has a connection for each")
def test_an_idle_connection_is_closed_after_upstream_tcp_idle(net):
    net.upstream.say("* ! truncate")
    net.start(ONE + "upstream-tcp-idle=1\n")
    net.asker.addresses("a.wild.example")
    begun = time.monotonic()
    assert len(net.upstream.connections) == 1
    wait_for("the end", lambda: not net.upstream.connections)
    assert 0.8 < time.monotonic() - begun < 1.5


@pytest.mark.lanlord_only("dnsmasq does not read its configuration again")
def test_a_reload_loses_no_question_by_tcp(net):
    net.upstream.say("*.wild.example ! delay=0.6")
    server = net.start(ONE)
    names = [f"n{i}.wild.example" for i in range(10)]
    with dns_client.tcp_socket(net.host.namespace, "10.77.0.2", SERVER_IP, timeout=8) as sock:
        dns_client.tcp_send(sock, *(dns_client.query(name, id=i) for i, name in enumerate(names)))
        wait_for("the questions", lambda: len(net.upstream.asked()) == 10)
        assert word(net.lab, "reload", "--pid", server.pid).returncode == 0
        ids = {struct.unpack("!H", dns_client.tcp_hear(sock)[:2])[0] for _ in names}
    assert ids == set(range(10))
    assert list(connections(net).values()) == [10]


def test_one_client_connection_with_several_questions(net):
    """dnsmasq keeps the connection to a server as long as its client keeps its own."""
    net.start(FORWARD + options(net, "dns-workers=1\n"))
    names = [f"n{i}.wild.example" for i in range(3)]
    assert set(ask_at_once(net, names)) == set(names)
    assert list(connections(net).values()) == [3]
    assert {s.server for s in net.upstream.asked()} == {UP}
