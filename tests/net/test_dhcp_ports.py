# SPDX-License-Identifier: ISC
"""Other ports than 67 and 68, and interfaces that stand for another."""

import select
import subprocess
import time

import pytest

import packets
from lab import enter, ip, wait_for
from packets import DISCOVER, OFFER, Client, Wire

RANGE = "dhcp-range=10.77.0.50,10.77.0.99,2m\nno-ping\n"


def ports_of_answer(wire, xid, timeout=2):
    """From which port to which an answer went, whatever they are; None without one."""
    deadline = time.monotonic() + timeout
    while select.select([wire.socket], [], [], max(deadline - time.monotonic(), 0))[0]:
        frame = wire.socket.recv(4096)
        at = 14 + (frame[14] & 15) * 4
        body = frame[at + 8:]
        if frame[23] == 17 and body[:1] == b"\2" and int.from_bytes(body[4:8], "big") == xid:
            return int.from_bytes(frame[at:at + 2], "big"), int.from_bytes(frame[at + 2:at + 4], "big")
    return None


@pytest.mark.parametrize("line, server, client", [
    ("dhcp-alternate-port", 1067, 1068), ("dhcp-alternate-port=2000", 2000, 2001),
    ("dhcp-alternate-port=2000,3000", 2000, 3000)])
def test_clients_on_other_ports_are_served(lab, wire, line, server, client):
    lab.start(RANGE + line + "\n")
    packet = packets.message_write("02:11:22:33:00:01", [(53, bytes([DISCOVER]))], xid=77)
    wire.send(packet, "02:11:22:33:00:01", src_port=client, dst_port=server)
    assert ports_of_answer(wire, 77) == (server, client)


@pytest.fixture
def alias_wire(lab):
    """A client on a bridge of its own, tap0, that has no address."""
    ip("link add tap0 type bridge", "link set tap0 up", namespace=lab.namespace)
    subprocess.run([*enter(lab.namespace), "ethtool", "-K", "tap0", "tx", "off"], check=True,
                   capture_output=True)
    wire = Wire(lab.host(bridge="tap0"))
    yield wire
    wire.close()


@pytest.mark.parametrize("how", ["", "bind-dynamic\n"])
@pytest.mark.parametrize("alias", ["tap0", "tap*"])
def test_what_arrives_on_an_alias_is_served_as_of_the_interface(lab, alias_wire, alias, how):
    lab.start(f"{RANGE}{how}bridge-interface=br0,{alias}\ndhcp-option=tag:br0,26,1400\n")
    offer = Client(alias_wire, 1).discover(parameters=(26,))
    assert offer.type == OFFER and offer.option(26) == b"\x05\x78"
    lab.wait_log("DHCPOFFER(br0)")
    ack = Client(alias_wire, 1).request(offer.yiaddr)
    assert ack.yiaddr == offer.yiaddr


def test_what_arrives_elsewhere_is_not_served(lab, alias_wire):
    lab.start(f"{RANGE}bridge-interface=br0,tap1\n")
    assert Client(alias_wire, 1).discover(timeout=0.3) is None


def test_an_interface_that_is_not_there_is_told(lab, alias_wire):
    lab.start(f"{RANGE}bridge-interface=nosuch,tap0\n")
    assert Client(alias_wire, 1).discover(timeout=0.3) is None
    wait_for("the warning", lambda: "unknown interface nosuch in bridge-interface" in lab.log())
