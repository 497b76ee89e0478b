# SPDX-License-Identifier: ISC
"""leasequery: a relay asks about leases (RFC 4388), and is answered if it may ask."""

import json
import socket
import struct
import subprocess

import pytest

from lab import SERVER_IP, inside
from packets import Client, ip_bytes, mac_bytes, message_read

QUERY, UNASSIGNED, UNKNOWN, ACTIVE = 10, 11, 12, 13
RANGE = "dhcp-range=10.77.0.50,10.77.0.99,1h\nno-ping\ndhcp-option=42,10.77.0.7\n"
RELAY, OTHER = "10.77.0.9", "10.77.0.8"

pytestmark = pytest.mark.lanlord_only("2.90 has no leasequery")


def question(options=(), ciaddr="0.0.0.0", giaddr=RELAY, mac=None):
    """RFC 4388 6.2: only what is asked about is set."""
    chaddr = mac_bytes(mac) if mac else b""
    packet = struct.pack("!BBBBIHH", 1, 1, len(chaddr), 0, 77, 0, 0)
    packet += ip_bytes(ciaddr) + bytes(8) + ip_bytes(giaddr) + chaddr.ljust(16 + 64 + 128, b"\0")
    packet += bytes.fromhex("63825363") + bytes((53, 1, QUERY))
    return packet + b"".join(bytes((code, len(body))) + body for code, body in options) + b"\xff"


@pytest.fixture
def relay(lab):
    """A machine of the network with two addresses, from which it asks."""
    host = lab.host(address=f"{RELAY}/24")
    host.address_add(f"{OTHER}/24")
    sockets = {}
    with inside(host.namespace):
        for address in (RELAY, OTHER):
            sockets[address] = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            sockets[address].bind((address, 67))

    def ask(packet, timeout=3, by=RELAY):
        sockets[by].settimeout(timeout)
        sockets[by].sendto(packet, (SERVER_IP, 67))
        try:
            data, sender = sockets[by].recvfrom(4096)
        except TimeoutError:
            return None
        assert sender == (SERVER_IP, 67)
        return message_read(data)

    yield ask
    for one in sockets.values():
        one.close()


def test_a_relay_is_told_of_a_lease_by_each_of_its_keys(lab, wire, relay):
    lab.start(RANGE + f"leasequery={RELAY}\n")
    client = Client(wire, 1, client_id=b"\xffclient")
    address = client.lease().yiaddr
    before = lab.lease_of(client.mac)
    for packet in (question([(55, bytes((42, 92)))], ciaddr=address),
                   question([(55, bytes((42, 92)))], mac=client.mac),
                   question([(61, b"\xffclient"), (55, bytes((42, 92)))])):
        answer = relay(packet)
        assert (answer.type, answer.ciaddr, answer.giaddr) == (ACTIVE, address, RELAY)
        assert answer.chaddr[:6] == mac_bytes(client.mac) and answer.yiaddr == "0.0.0.0"
        assert answer.server_id == SERVER_IP and answer.option(61) == b"\xffclient"
        assert 3500 < answer.lease_time <= 3600
        assert int.from_bytes(answer.option(91), "big") < 60
        assert answer.option(92) == ip_bytes(address) and answer.option(42) == ip_bytes("10.77.0.7")
    assert relay(question(ciaddr="10.77.0.98")).type == UNASSIGNED
    assert relay(question(ciaddr="10.99.0.1")).type == UNKNOWN
    assert relay(question(mac="02:00:00:00:00:09")).type == UNKNOWN
    assert lab.lease_of(client.mac) == before and len(lab.leases()) == 1
    lab.wait_log(f"DHCPLEASEACTIVE(br0) {address} {client.mac}")


def test_who_may_not_ask_gets_silence(lab, wire, relay):
    lab.start(RANGE + f"leasequery={RELAY}\n")
    address = Client(wire, 1).lease().yiaddr
    assert relay(question(ciaddr=address, giaddr=OTHER), 0.3, by=OTHER) is None
    assert relay(question(ciaddr=address, giaddr="0.0.0.0"), 0.3) is None
    assert relay(question(ciaddr=address)).type == ACTIVE


def test_a_question_is_explained(lab, wire, tmp_path):
    lab.start(RANGE + f"leasequery={RELAY}\n")
    client = Client(wire, 1)
    address = client.lease().yiaddr
    lab.lease_of(client.mac)
    packets = tmp_path / "question.hex"
    packets.write_text(question(ciaddr=address).hex(" ", 16) + "\n\n" +
                       question(ciaddr=address, giaddr=OTHER).hex(" ", 16) + "\n")
    words = ["explain", "-C", lab.dir / "conf", "--packet", packets]
    done = subprocess.run(lab.server_command(*words, "--json"), capture_output=True, text=True,
                          timeout=60, check=True)
    known, refused = [json.loads(line) for line in done.stdout.splitlines()]
    assert (known["message"], known["relay"]) == ("DHCPLEASEQUERY", RELAY)
    assert known["answer"]["outcome"] == "DHCPLEASEACTIVE" and known["packet"]
    assert refused["answer"]["outcome"] == "no answer" and not refused["answer"]["sent"]
    text = subprocess.run(lab.server_command(*words), capture_output=True, text=True, timeout=60,
                          check=True).stdout
    assert f"DHCPLEASEQUERY from {RELAY} on br0" in text
    assert f"{address} is leased to {client.mac}" in text
    assert "no line of leasequery names the address that asks" in text
