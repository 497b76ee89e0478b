# SPDX-License-Identifier: ISC
"""Names as clients on the wire get them: where replies come from, TCP, many at once, leases."""

import collections
import random
import select
import signal
import socket
import struct
import subprocess
import time

import dns.rcode
import pytest

import dns_client
from dns_client import addresses
from dns_net import FORWARD
from lab import SERVER_IP, inside, ip, wait_for
from packets import RELEASE, REQUEST, Client, Wire, option_ip

RANGE = "dhcp-range=10.77.0.100,10.77.0.199,1h\nno-ping\n"


# --- where replies come from ------------------------------------------------------------------------

def link_local(namespace, device):
    """The address that begins with fe80, once it may be used."""
    def shown():
        text = subprocess.run(["nsenter", f"--net=/run/netns/{namespace}", "ip", "-6", "-o", "addr",
                               "show", "dev", device, "scope", "link", "-tentative"],
                              capture_output=True, text=True, check=True).stdout
        return text.split()[3].split("/")[0] if text else None
    return wait_for("an address of the link", shown)


@pytest.mark.parametrize("how", ["", "bind-interfaces\n", "bind-dynamic\n"])
def test_a_reply_leaves_from_the_address_that_was_asked(net, how):
    ip("addr add 10.77.0.11/24 dev br0", "addr add 10.77.0.12/32 dev br0",
       "addr add fd77::11/64 dev br0 nodad", namespace=net.lab.namespace)
    near = link_local(net.lab.namespace, "br0")
    net.start(FORWARD + "host-record=box.lan,10.77.0.9\n" + how)
    for address in (SERVER_IP, "10.77.0.11", "10.77.0.12", "fd77::1", "fd77::11", near):
        family = dns_client.family(address)
        with inside(net.host.namespace):
            sock = socket.socket(family, socket.SOCK_DGRAM)
            scope = socket.if_nametoindex("eth0")
        with sock:
            sock.settimeout(3)
            to = (address, 53) if family == socket.AF_INET else (
                address, 53, 0, scope if address == near else 0)
            for name in ("box.lan", f"{random.random()}.wild.example"):
                sock.sendto(dns_client.query(name), to)
                reply, source = sock.recvfrom(4096)
                assert source[:2] == to[:2]
                assert addresses(dns_client.read(reply)), name


def test_the_addresses_of_a_name_take_turns(net):
    """So that many clients spread over them; those of upstream too, once they are kept."""
    hosts = net.lab.dir / "hosts"
    hosts.write_text("10.77.0.21 many.lan\n10.77.0.22 many.lan\n10.77.0.23 many.lan\n")
    net.start(FORWARD + f"addn-hosts={hosts}\n")
    net.upstream.say(*[f"many.example 300 A 192.0.2.{number}" for number in (1, 2, 3)])
    for name in ("many.lan", "many.example"):
        answers = [net.asker.addresses(name) for _ in range(9)]
        assert {tuple(sorted(answer)) for answer in answers} == {tuple(sorted(answers[0]))}
        assert len({answer[0] for answer in answers}) == 3, answers


# --- TCP --------------------------------------------------------------------------------------------

def tcp(net):
    return dns_client.tcp_socket(net.host.namespace, "10.77.0.2", SERVER_IP)


def test_questions_in_one_connection_are_all_answered(net):
    net.start(FORWARD + "host-record=box.lan,10.77.0.9\n")
    net.upstream.say("slow.example 300 A 192.0.2.82", "slow.example ! delay=0.2")
    names = ["slow.example", "box.lan"] + [f"n{number}.wild.example" for number in range(20)]
    with tcp(net) as sock:
        dns_client.tcp_send(sock, *[dns_client.query(name, id=number)
                                    for number, name in enumerate(names)])
        replies = [dns_client.read(dns_client.tcp_hear(sock)) for _ in names]
    assert {reply.id for reply in replies} == set(range(len(names)))
    for reply in replies:
        assert reply.question[0].name.to_text() == f"{names[reply.id]}."
        assert addresses(reply), names[reply.id]


def test_a_question_may_come_byte_by_byte(net):
    net.start("host-record=box.lan,10.77.0.9\n")
    wire = dns_client.query("box.lan")
    with tcp(net) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in struct.pack("!H", len(wire)) + wire:
            sock.send(bytes([byte]))
            time.sleep(0.002)
        assert addresses(dns_client.read(dns_client.tcp_hear(sock))) == ["10.77.0.9"]


def test_connections_that_say_nothing_hold_up_nobody(net):
    net.start(FORWARD)
    idle = [tcp(net) for _ in range(10)]
    half = tcp(net)
    half.send(b"\0\x40half a question")
    assert net.asker.addresses("a.wild.example") == ["192.0.2.16"]
    assert addresses(net.asker.tcp("b.wild.example")) == ["192.0.2.16"]
    for sock in [*idle, half]:
        sock.close()


def test_a_connection_that_ends_early_harms_nobody(net):
    net.start(FORWARD)
    net.upstream.say("slow.example 300 A 192.0.2.82", "slow.example ! delay=0.2")
    for garbage in (b"", b"\0", b"\0\0", b"\xff\xff", b"\0\x05abcde", b"\0\x0c" + bytes(12)):
        with tcp(net) as sock:
            sock.send(garbage) if garbage else None
    with tcp(net) as sock:
        dns_client.tcp_send(sock, dns_client.query("slow.example"))
    assert addresses(net.asker.tcp("slow.example")) == ["192.0.2.82"]
    assert net.lab.server.poll() is None


def test_no_more_connections_at_once_than_configured(net):
    net.start("host-record=box.lan,10.77.0.9\nmax-tcp-connections=3\n")
    idle = [tcp(net) for _ in range(3)]
    for sock in idle:
        dns_client.tcp_send(sock, dns_client.query("box.lan"))
        assert dns_client.tcp_hear(sock)
    assert net.asker.tcp("box.lan", timeout=0.5) is None
    assert net.asker.addresses("box.lan") == ["10.77.0.9"]
    for sock in idle:
        sock.close()
    wait_for("a place", lambda: net.asker.tcp("box.lan", timeout=0.5), 5)


def test_a_server_that_is_slow_by_tcp_holds_up_nobody(net):
    net.start(FORWARD)
    net.upstream.say("hang.example ! silent")
    with tcp(net) as sock:
        dns_client.tcp_send(sock, dns_client.query("hang.example"))
        wait_for("the query", lambda: net.upstream.asked("hang.example"))
        began = time.monotonic()
        assert net.asker.addresses("a.wild.example") == ["192.0.2.16"]
        assert addresses(net.asker.tcp("b.wild.example")) == ["192.0.2.16"]
        assert time.monotonic() - began < 2


def test_a_truncated_reply_is_asked_again_by_tcp(net):
    """By the client: it gets TC by UDP, and the whole answer by TCP."""
    net.start(FORWARD)
    net.upstream.say(*[f"big.example 300 A 192.0.2.{number}" for number in range(1, 101)])
    reply = net.asker.udp("big.example")
    assert reply.flags & dns_client.TC
    assert len(addresses(net.asker.tcp("big.example"))) == 100
    reply = net.asker.udp("big.example", opt=dns_client.opt_record(4096))
    assert len(addresses(reply)) == 100 or reply.flags & dns_client.TC


# --- many at once -----------------------------------------------------------------------------------

def test_a_thousand_questions_at_once(net):
    net.start(FORWARD + "dns-forward-max=1500\n")
    net.upstream.say("*.slow.example 300 A 192.0.2.83", "*.slow.example ! delay=0.3")
    names = [f"n{number}.slow.example" for number in range(1000)]
    for name in names:
        net.upstream.say(f"{name} ! delay=0.3")
    sockets = [dns_client.udp_socket(net.host.namespace, "10.77.0.2", SERVER_IP)
               for _ in range(100)]
    for number, name in enumerate(names):
        sockets[number % 100].send(dns_client.query(name, id=number))
        if number % 20 == 19:
            time.sleep(0.002)               # a socket holds a few hundred packets
    answered, deadline = set(), time.monotonic() + 10
    while len(answered) < 1000 and time.monotonic() < deadline:
        for sock in select.select(sockets, [], [], 0.1)[0]:
            message = dns_client.read(sock.recv(4096))
            if addresses(message) == ["192.0.2.83"]:
                answered.add(message.id)
    for sock in sockets:
        sock.close()
    assert len(answered) == 1000
    assert len(net.upstream.asked()) == 1000


def test_more_questions_than_may_wait_are_refused_not_dropped(net):
    net.start(FORWARD + "dns-forward-max=10\n")
    for number in range(20):
        net.upstream.say(f"n{number}.slow.example ! delay=0.5")
    with dns_client.udp_socket(net.host.namespace, "10.77.0.2", SERVER_IP) as sock:
        sock.settimeout(3)
        for number in range(20):
            sock.send(dns_client.query(f"n{number}.slow.example", id=number))
        replies = [dns_client.read(sock.recv(4096)) for _ in range(20)]
    codes = collections.Counter(reply.rcode() for reply in replies)
    assert codes == {dns.rcode.REFUSED: 10, dns.rcode.NXDOMAIN: 10}


# --- leases -----------------------------------------------------------------------------------------

def test_the_name_of_a_lease_is_known_with_its_ack_and_gone_with_its_release(net):
    net.start(FORWARD + RANGE + "domain=lan\n")
    wire = Wire(net.host)
    try:
        for number in range(1, 21):
            client = Client(wire, number)
            address = client.lease([(12, f"laptop{number}".encode())]).yiaddr
            assert net.asker.addresses(f"laptop{number}.lan", timeout=2) == [address]
            pointer = ".".join(reversed(address.split("."))) + ".in-addr.arpa"
            assert net.asker.udp(pointer, "PTR").answer[0][0].to_text() == f"laptop{number}.lan."
            client.send(RELEASE, [option_ip(54, SERVER_IP)], ciaddr=address,
                        how={"src_ip": address, "dst_ip": SERVER_IP})
            wait_for("the end of its name", lambda n=number: net.asker.udp(f"laptop{n}.lan").rcode()
                     == dns.rcode.NXDOMAIN, 2)
    finally:
        wire.close()


def test_an_end_in_the_middle_of_a_lease_is_a_clean_end(net):
    """The lease becomes durable while the server ends, and its name is told to nobody any more."""
    for number in range(1, 6):
        net.start(FORWARD + RANGE + "domain=lan\n")
        wire = Wire(net.host)
        try:
            client = Client(wire, number)
            address = client.discover([(12, b"laptop")]).yiaddr
            net.lab.server.send_signal(signal.SIGSTOP)
            client.send(REQUEST, [option_ip(50, address), option_ip(54, SERVER_IP),
                                  (12, b"laptop")])
            time.sleep(0.1)
            net.lab.server.send_signal(signal.SIGTERM)
            net.lab.server.send_signal(signal.SIGCONT)
            assert net.lab.server.wait(timeout=10) == 0, net.lab.log()
            assert "Sanitizer" not in net.lab.log()
            assert address in net.lab.lease_file.read_text()
        finally:
            wire.close()


def test_names_of_leases_are_known_again_after_a_start(net):
    net.start(FORWARD + RANGE.replace("1h", "infinite") + "domain=lan\n")
    wire = Wire(net.host)
    try:
        address = Client(wire, 1).lease([(12, b"laptop")]).yiaddr
    finally:
        wire.close()
    net.lab.stop()
    net.start(FORWARD + RANGE + "domain=lan\n")
    pointer = ".".join(reversed(address.split("."))) + ".in-addr.arpa"
    assert net.asker.addresses("laptop.lan") == [address]
    assert net.asker.addresses("laptop") == [address]
    assert net.asker.udp(pointer, "PTR").answer[0][0].to_text() == "laptop.lan."
