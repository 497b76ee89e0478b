# SPDX-License-Identifier: ISC
"""dhcp-relay: what is passed on, how it looks there, and where replies go; and relays of others."""

import shutil
import socket

import pytest

import lab as lab_module
from lab import ip, inside, wait_for
from packets import (ACK, DISCOVER, OFFER, Client, Wire, ip_bytes, ip_text, message_read,
                     message_write)

LOCAL, UPLINK, SERVER = "10.77.0.1", "10.78.0.1", "10.78.0.2"
MAC = "02:11:22:33:00:01"


class Far:
    """A server's place, on a network of its own behind the relay: what comes there is looked at."""

    def __init__(self, lab):
        lab.bridge_add("br1", f"{UPLINK}/24")
        self.host = lab.host(bridge="br1", address=f"{SERVER}/24")
        ip(f"route add 10.77.0.0/24 via {UPLINK}", namespace=self.host.namespace)
        self.socket = None

    def open(self, port=67):
        with inside(self.host.namespace):
            self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            self.socket.bind(("", port))
        return self

    def got(self, timeout=3):
        """What comes next: from where, and the message; None when nothing does."""
        self.socket.settimeout(timeout)
        try:
            data, sender = self.socket.recvfrom(4096)
        except TimeoutError:
            return None
        return sender, message_read(data)

    def reply(self, giaddr=LOCAL, yiaddr="10.77.0.99", to=LOCAL, options=(), **fields):
        packet = bytearray(message_write(MAC, [(53, bytes([OFFER])), (54, ip_bytes(SERVER)),
                                               (51, bytes(4)), *options],
                                         op=2, xid=5, giaddr=giaddr, **fields))
        packet[16:20] = ip_bytes(yiaddr)
        self.socket.sendto(bytes(packet), (to, 67))


@pytest.fixture
def far(lab):
    far = Far(lab)
    yield far
    if far.socket:
        far.socket.close()


def ask(wire, options=(), how=None, **fields):
    wire.send(message_write(MAC, [(53, bytes([DISCOVER])), *options], xid=5, **fields), MAC,
              **(how or {}))


def start(lab, text):
    lab.conf_write(text, interface=None)
    lab.start()


def test_a_request_is_passed_on_with_one_more_hop_from_the_relays_address(lab, wire, far):
    start(lab, f"dhcp-relay={LOCAL},{SERVER}\n")
    assert f"DHCP relay from {LOCAL} to {SERVER}" in lab.log()
    far.open()
    ask(wire, [(12, b"pc"), (82, b"\1\1a")], flags=0x8000, secs=7)
    sender, message = far.got()
    assert sender == (LOCAL, 67)
    assert (message.giaddr, message.hops, message.flags, message.secs) == (LOCAL, 1, 0x8000, 7)
    assert message.options == [(53, b"\1"), (12, b"pc"), (82, b"\1\1a")]
    ask(wire, giaddr="10.99.0.1", hops=19)
    _, message = far.got()
    assert (message.giaddr, message.hops) == ("10.99.0.1", 20)


def test_what_came_too_far_or_came_back_is_not_passed_on(lab, wire, far):
    start(lab, f"dhcp-relay={LOCAL},{SERVER}\n")
    far.open()
    ask(wire, hops=21)
    ask(wire, giaddr=LOCAL)
    ask(wire, hops=20)
    _, message = far.got()
    assert message.hops == 21 and far.got(0.2) is None


def test_a_reply_goes_to_the_client_as_it_came(lab, wire, far):
    start(lab, f"dhcp-relay={LOCAL},{SERVER}\n")
    far.open()
    wire.held["10.77.0.99"] = MAC			# dnsmasq asks by ARP; here none is needed
    far.reply(options=[(82, b"\1\1a")])
    answer = wire.receive(5)
    assert (answer.eth_dst, answer.ip_src, answer.ip_dst, answer.dst_port) == (
        MAC, LOCAL, "10.77.0.99", 68)
    assert answer.giaddr == LOCAL and answer.option(82) == b"\1\1a"
    far.reply(flags=0x8000, to=UPLINK)
    answer = wire.receive(5)
    assert (answer.eth_dst, answer.ip_dst) == ("ff:ff:ff:ff:ff:ff", "255.255.255.255")
    far.reply(giaddr="10.99.0.1")
    assert wire.receive(5, 0.3) is None


@pytest.mark.parametrize("line, port, passed, answered", [
    (f"dhcp-relay={LOCAL},{SERVER}#6767", 6767, True, True),
    (f"dhcp-relay={LOCAL},{SERVER},br1", 67, True, True),
    (f"dhcp-relay={LOCAL},{SERVER},br*", 67, True, True),
    (f"dhcp-relay={LOCAL},{SERVER},br0", 67, True, False),
    (f"dhcp-relay={LOCAL},{SERVER}\ninterface=br0", 67, True, True),
    (f"dhcp-relay={LOCAL},{SERVER}\ninterface=br1", 67, False, False),
    (f"dhcp-relay={LOCAL},{SERVER}\nexcept-interface=br0", 67, False, False),
    (f"dhcp-relay={LOCAL},{SERVER}\ninterface=br0\nbind-interfaces", 67, True, True),
    (f"dhcp-relay={LOCAL},{SERVER}\ndhcp-range=10.78.0.50,10.78.0.60", 67, True, True),
    (f"dhcp-relay=10.77.0.9,{SERVER}", 67, False, False)])
def test_where_a_relay_works(lab, wire, far, line, port, passed, answered):
    start(lab, line + "\n")
    far.open(port)
    wire.held["10.77.0.99"] = MAC
    ask(wire)
    assert bool(far.got(3 if passed else 0.3)) == passed
    far.reply()
    assert bool(wire.receive(5, 3 if answered else 0.3)) == answered


@pytest.mark.lanlord_only("it broadcasts nothing")
def test_without_a_server_all_on_the_interface_are_asked(lab, wire, far):
    start(lab, f"dhcp-relay={LOCAL},br1\n")
    far.open()
    ask(wire)
    sender, message = far.got()
    assert sender == (LOCAL, 67) and message.giaddr == LOCAL


def test_two_servers_are_both_asked(lab, wire, far):
    start(lab, f"dhcp-relay={LOCAL},{SERVER}\ndhcp-relay={LOCAL},{SERVER}#6767\n")
    far.open()
    ask(wire)
    assert far.got()
    far.socket.close()
    far.open(6767)
    ask(wire)
    assert far.got()


class OtherServer:
    """A whole server at the far place."""

    def __init__(self, lab, far, program, text):
        self.conf, self.log = lab.dir / "far.conf", lab.dir / "far.log"
        self.conf.write_text(f"port=0\nno-ping\ndhcp-leasefile={lab.dir}/far.leases\n{text}")
        lab.program, plain = program, lab.program
        lab.namespace, near = far.host.namespace, lab.namespace
        try:
            self.process = lab.server_spawn(self.conf, self.log)
        finally:
            lab.program, lab.namespace = plain, near
        lab.processes.append(self.process)


@pytest.mark.parametrize("program", [lab_module.SERVER, lab_module.DNSMASQ], ids=["lanlord", "dnsmasq"])
def test_a_client_gets_a_lease_through_the_relay(lab, wire, far, program):
    OtherServer(lab, far, program, "dhcp-range=10.77.0.50,10.77.0.60,255.255.255.0,2m\n")
    start(lab, f"dhcp-relay={LOCAL},{SERVER}\n")
    client = Client(wire, 1)
    wire.held.update({f"10.77.0.{last}": client.mac for last in range(50, 61)})
    offer = client.discover()
    ack = client.request(offer.yiaddr, server=SERVER)
    assert ack.yiaddr == offer.yiaddr and ack.option(3) == ip_bytes(LOCAL)


@pytest.mark.lanlord_only("2.90 does not know dhcp-split-relay")
def test_a_split_relay_tells_the_server_all_it_has_to_know(lab, wire, far):
    start(lab, f"dhcp-split-relay={LOCAL},{SERVER},br1\n")
    far.open()
    ask(wire)
    sender, message = far.got()
    assert sender == (UPLINK, 67) and message.giaddr == UPLINK
    agent = message.option(82)
    assert agent == b"\5\4" + ip_bytes(LOCAL) + b"\x0b\4" + ip_bytes(LOCAL) + b"\x0a\1\0"
    far.reply(giaddr=UPLINK, to=UPLINK, options=[(82, agent)])
    answer = wire.receive(5)
    assert answer.option(82) is None and answer.yiaddr == "10.77.0.99"
    far.reply(giaddr=UPLINK, to=UPLINK)
    assert wire.receive(5, 0.2) is None			# whose it is, cannot be known


@pytest.mark.lanlord_only("2.90 does not know dhcp-split-relay")
@pytest.mark.parametrize("program", [lab_module.SERVER, lab_module.DNSMASQ], ids=["lanlord", "dnsmasq"])
def test_a_client_leases_and_renews_where_the_server_cannot_reach_it(lab, wire, far, program):
    ip("route del 10.77.0.0/24", namespace=far.host.namespace)
    OtherServer(lab, far, program, "dhcp-range=10.77.0.50,10.77.0.60,255.255.255.0,2m\n")
    start(lab, f"dhcp-split-relay={LOCAL},{SERVER},br1\n")
    client = Client(wire, 1)
    offer = client.discover()
    assert ip_text(offer.option(54)) == LOCAL		# the client speaks to the relay from now on
    ack = client.request(offer.yiaddr, server=LOCAL)
    assert ack.type == ACK
    assert client.renew(ack.yiaddr).type == ACK


@pytest.mark.skipif(not shutil.which("dhcrelay"), reason="isc-dhcp-relay is not installed")
def test_clients_behind_another_relay_are_served(lab):
    """ISC's dhcrelay between the client and us, which adds option 82 and takes it out again."""
    lab.start("dhcp-range=10.79.0.50,10.79.0.60,255.255.255.0,2m\nno-ping\ndhcp-option=6,10.79.0.1\n")
    relay = lab.host(address="10.77.0.2/24")
    ip("link add br2 type bridge", "addr add 10.79.0.1/24 dev br2", "link set br2 up",
       namespace=relay.namespace)
    ip("route add 10.79.0.0/24 via 10.77.0.2", namespace=lab.namespace)
    ip("link add eth1 type veth peer name p1", "link set p1 master br2", "link set p1 up",
       "link set eth1 up", namespace=relay.namespace)
    relay.start("dhcrelay", "-4", "-d", "-a", "-i", "br2", "-i", "eth0", "--no-pid", "10.77.0.1")
    wait_for("the relay", lambda: "Listening on" in relay.output())
    wire = Wire.__new__(Wire)
    wire.host, wire.seen, wire.held = relay, [], {}
    with inside(relay.namespace):
        wire.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800))
        wire.socket.bind(("eth1", 0x0800))
        wire.arp = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0806))
        wire.arp.bind(("eth1", 0x0806))
    client = Client(wire, 1)
    offer = wait_for("an offer through the relay", lambda: client.discover(flags=0x8000, timeout=1))
    ack = client.request(offer.yiaddr, flags=0x8000)
    assert ack.type == ACK and ack.yiaddr.startswith("10.79.0.")
    assert ack.option(82) is None and ip_text(ack.option(3)) == "10.79.0.1"
    wire.close()
