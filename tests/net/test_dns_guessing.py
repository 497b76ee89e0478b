# SPDX-License-Identifier: ISC
"""What a stranger who cannot see the queries would have to guess, and what he gets for a wrong guess."""

import collections
import concurrent.futures
import contextlib
import socket

import dns.message
import dns.rrset
import pytest

import dns_client
from dns_client import addresses
from dns_net import FORWARD, UP, UP2
from dns_upstream import LIE
from lab import SERVER_IP, server_is_dnsmasq, wait_for

QUERIES_PER_PORT_MAX = 64


def flood(net, names, at_once=100):
    """Asks for all the names, so many at a time; the names that got an address."""
    answered = set()
    with dns_client.udp_socket(net.host.namespace, "10.77.0.2", SERVER_IP) as sock:
        sock.settimeout(5)
        for first in range(0, len(names), at_once):
            wanted = {}
            for number, name in enumerate(names[first:first + at_once]):
                wanted[number] = name
                sock.send(dns_client.query(name, id=number))
            while wanted:
                try:
                    message = dns_client.read(sock.recv(4096))
                except TimeoutError:
                    break
                if addresses(message) and message.id in wanted:
                    answered.add(wanted.pop(message.id))
    return answered


def bits_are_even(numbers, count):
    """Whether every one of so many low bits is set in about half of the numbers: within six
    standard deviations."""
    slack = 3 * len(numbers) ** 0.5
    return all(abs(sum(number >> bit & 1 for number in numbers) - len(numbers) / 2) < slack
               for bit in range(count))


def flooded(net, count):
    """The queries upstream that so many questions make."""
    names = [f"n{number}.wild.example" for number in range(count)]
    assert flood(net, names) == set(names)
    seen = net.upstream.asked()
    assert len(seen) == count
    return seen


def test_ids_and_ports_of_2000_queries_tell_nothing_of_the_next(net):
    net.start(FORWARD)
    seen = flooded(net, 2000)
    ids, ports = [s.id for s in seen], [s.source_port for s in seen]
    assert len(set(ids)) > 1900                     # of 65536: about 1970 of 2000 are different
    assert bits_are_even(ids, 16)
    steps = collections.Counter((b - a) & 0xFFFF for a, b in zip(ids, ids[1:]))
    assert steps.most_common(1)[0][1] <= 4          # no counter, in whatever step
    uses = collections.Counter(ports)
    assert max(uses.values()) <= QUERIES_PER_PORT_MAX
    assert min(ports) >= 1024
    assert len(uses) > 400                          # a pool of 512 by default
    assert sum(a == b for a, b in zip(ports, ports[1:])) < 40   # drawn anew for each


@pytest.mark.lanlord_only("without min-port it leaves the port to the kernel")
def test_ports_are_drawn_from_all_above_1024(net):
    net.start(FORWARD)
    ports = {s.source_port for s in flooded(net, 1000)}
    quarters = collections.Counter((port - 1024) * 4 // (65536 - 1024) for port in ports)
    assert all(quarters[quarter] > len(ports) / 8 for quarter in range(4)), quarters


def test_queries_leave_from_the_configured_ports_alone_and_from_most_of_them(net):
    net.start(FORWARD + "min-port=30000\nmax-port=30019\n")
    ports = {s.source_port for s in flooded(net, 600)}
    assert ports <= set(range(30000, 30020))
    assert len(ports) >= 15


def test_a_reply_must_match_socket_address_port_id_and_question(net):
    net.start(FORWARD)
    net.upstream.say("bank.example 300 A 192.0.2.80", "bank.example ! delay=0.6")
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        asked = pool.submit(net.asker.addresses, "bank.example")
        seen, = wait_for("the query", lambda: net.upstream.asked("bank.example"))

        def lie(id, name="bank.example", kind="A"):
            message = dns.message.make_response(dns.message.make_query(name, kind))
            message.id = id
            message.answer = [dns.rrset.from_text(f"{name}.", 600, "IN", "A", LIE)]
            return message.to_wire()

        udp = net.upstream.sockets[UP, 53][0]
        other = net.upstream.sockets[UP2, 53][0]
        liar = net.upstream.liar[socket.AF_INET]
        to = (SERVER_IP, seen.source_port)
        for guess in range(1, 300):
            udp.sendto(lie(seen.id ^ guess), to)
        for sock in (other, liar):
            sock.sendto(lie(seen.id), to)
        udp.sendto(lie(seen.id, "evil.example"), to)
        udp.sendto(lie(seen.id, "bank.example", "AAAA"), to)
        for away in (-1, 1):
            udp.sendto(lie(seen.id), (SERVER_IP, seen.source_port + away))
        assert asked.result() == ["192.0.2.80"]
    assert net.asker.addresses("bank.example") == ["192.0.2.80"]       # nor is a lie kept
    assert len(net.upstream.asked()) == 1


def test_records_that_a_reply_brings_along_are_not_believed(net):
    """A server of one domain tells an address of another; dnsmasq believes it."""
    net.start(FORWARD + f"server=/other.example/{UP2}\n")
    net.upstream.say(f"{UP}: a.example 300 CNAME www.other.example.",
                     f"{UP}: www.other.example 300 A {LIE}",
                     f"{UP2}: www.other.example 300 A 192.0.2.81")
    net.asker.udp("a.example")
    told = net.asker.addresses("www.other.example")
    assert told == [LIE] if server_is_dnsmasq() else told == ["192.0.2.81"]


@pytest.mark.lanlord_only("each of them is a guess more")
def test_one_name_asked_in_many_ways_is_asked_by_udp_a_few_times_at_most(net):
    """Many queries of one name on their way are many to guess at together."""
    net.start(FORWARD + "dns-workers=2\n")
    net.upstream.say("bank.example 300 A 192.0.2.80", "bank.example ! delay=0.4")
    with contextlib.ExitStack() as stack:
        socks = [stack.enter_context(dns_client.udp_socket(net.host.namespace, "10.77.0.2",
                                                           SERVER_IP)) for _ in range(40)]
        for number, sock in enumerate(socks):
            option = dns_client.opt_record(options=[(65001, bytes([number]))])
            sock.send(dns_client.query("bank.example", id=number, opt=option))
        for number, sock in enumerate(socks):
            heard = dns_client.read(dns_client.udp_hear(sock, number, 5))
            assert addresses(heard) == ["192.0.2.80"]
    by = collections.Counter(seen.transport for seen in net.upstream.asked("bank.example"))
    assert 4 <= by["udp"] <= 2 * 4 and by["tcp"] == 40 - by["udp"], by
