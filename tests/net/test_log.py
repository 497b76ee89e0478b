# SPDX-License-Identifier: ISC
"""What the server says, and in which words."""

import json
import os
import re
import signal
import socket

import pytest

from lab import SERVER_IP, inside
from packets import RELEASE, Client, option_ip

RANGE = "dhcp-range=10.77.0.100,10.77.0.199,1h\nno-ping\n"


def test_the_start_is_logged_in_order(lab):
    lab.start(RANGE + f"enable-tftp\ntftp-root={lab.dir}\nbind-interfaces\n")
    lines = [line for line in lab.log_lines() if not line.startswith(": compile time options")]
    assert re.fullmatch(r": started, version \S+ DNS disabled", lines[0]), lines[0]
    assert [line.rstrip() for line in lines[1:4]] == [
        "dhcp: DHCP, IP range 10.77.0.100 -- 10.77.0.199, lease time 1h",
        "dhcp: DHCP, sockets bound exclusively to interface br0",
        f"tftp: TFTP root is {lab.dir}"]


def test_each_exchange_is_logged_in_the_words_of_dnsmasq(lab, wire):
    lab.start(RANGE)
    client = Client(wire, 1, options=[(12, b"printer")])
    address = client.lease().yiaddr
    client.send(RELEASE, [option_ip(54, SERVER_IP)], ciaddr=address)
    lab.wait_log("DHCPRELEASE")
    assert lab.log_lines()[-5:] == [
        f"dhcp: DHCPDISCOVER(br0) {client.mac} ",
        f"dhcp: DHCPOFFER(br0) {address} {client.mac} ",
        f"dhcp: DHCPREQUEST(br0) {address} {client.mac} ",
        f"dhcp: DHCPACK(br0) {address} {client.mac} printer",
        f"dhcp: DHCPRELEASE(br0) {address} {client.mac} "]


def test_log_dhcp_tells_every_step(lab, wire):
    lab.start(RANGE + "log-dhcp\ndhcp-match=set:ipxe,175\ndhcp-boot=tag:ipxe,boot.ipxe\n")
    client = Client(wire, 1, options=[(12, b"printer")])
    offer = client.discover([(60, b"PXEClient:Arch:00000"), (77, b"iPXE"), (175, b"\xeb\3\1\0\0")],
                            parameters=(1, 3))
    for last in (" 3 router  10.77.0.1", "28 broadcast  10.77.0.255"):
        lab.wait_log(f"{offer.xid} sent size:  4 option: {last}")
    prefix = f"dhcp: {offer.xid} "
    told = [line.removeprefix(prefix) for line in lab.log_lines() if line.startswith(prefix)]
    sent = [line for line in told if line.startswith("sent size")]
    assert told[:-len(sent)] == [
        "available DHCP range: 10.77.0.100 -- 10.77.0.199",
        "vendor class: PXEClient:Arch:00000",
        "user class: iPXE",
        "client provides name: printer",
        f"DHCPDISCOVER(br0) {client.mac} ",
        "tags: ipxe, br0",
        f"DHCPOFFER(br0) {offer.yiaddr} {client.mac} ",
        "requested options: 1:netmask, 3:router",
        "bootfile name: boot.ipxe",
        "next server: 10.77.0.1"]
    assert sorted(sent) == sorted([  # in the order of the packet, which differs
        "sent size:  1 option: 53 message-type  2",
        "sent size:  4 option: 54 server-identifier  10.77.0.1",
        "sent size:  4 option: 51 lease-time  1h",
        "sent size:  4 option: 58 T1  30m",
        "sent size:  4 option: 59 T2  52m30s",
        "sent size:  4 option:  1 netmask  255.255.255.0",
        "sent size:  4 option: 28 broadcast  10.77.0.255",
        "sent size:  4 option:  3 router  10.77.0.1"])


def test_quiet_dhcp_says_nothing_of_ordinary_exchanges(lab, client):
    lab.start(RANGE + "quiet-dhcp\n")
    client.lease()
    lab.stop()
    assert not any("DHCPACK" in line or "DHCPOFFER" in line for line in lab.log_lines())


@pytest.mark.lanlord_only("it has no JSON log")
def test_log_format_json_is_one_object_a_line(lab, client):
    lab.start(RANGE + "log-format=json\n")
    client.lease()
    lab.stop()
    for line in lab.log().splitlines():
        assert isinstance(json.loads(line), dict), line


@pytest.mark.lanlord_only("it writes no JSON")
def test_every_json_line_is_an_object_whatever_strangers_send(lab, client):
    host = lab.host(address="10.77.0.9/24")
    lab.start(RANGE + f"log-dhcp\nenable-tftp\ntftp-root={lab.dir}\nhttp-root={lab.dir}\n",
              "--log-format=json")
    odd = [b'"', b"\\", b"\x00x", b"\n{}", b"\x1b[2J", b"\xff\xfe", "gr\u00fc\u00df".encode(),
           b"\xed\xa0\x80", b"%s%n", b"a" * 255]
    for name in odd:
        client.discover([(12, name), (60, name), (77, name), (61, name[:200]), (81, b"\0\0\0" + name[:200])],
                        timeout=1)
        with inside(host.namespace), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as tftp:
            tftp.sendto(b"\0\1" + name + b"\0octet\0", (SERVER_IP, 69))
            tftp.sendto(b"\0\5\0\0" + name + b"\0", (SERVER_IP, 69))
        with inside(host.namespace), socket.create_connection((SERVER_IP, 80)) as http:
            http.sendall(b"GET /" + name.replace(b"\n", b"%0A").replace(b"\0", b"%00")
                         + b" HTTP/1.0\r\n\r\n")
            http.settimeout(3)
            http.recv(100)
    os.kill(lab.server.pid, signal.SIGUSR1)
    lab.stop()
    events = [json.loads(line) for line in lab.log().splitlines()]
    assert all(isinstance(e, dict) and "time" in e and "subsystem" in e for e in events)
    kinds = {e.get("event") for e in events}
    assert {"dhcp-discover", "dhcp-detail", "tftp-not-found", "http-not-found", None} <= kinds


@pytest.mark.lanlord_only("it writes no JSON")
def test_quiet_dhcp_and_quiet_tftp_hold_for_json_too(lab, client):
    host = lab.host(address="10.77.0.9/24")
    lab.start(RANGE + f"enable-tftp\ntftp-root={lab.dir}\nquiet-dhcp\nquiet-tftp\n",
              "--log-format=json")
    client.lease()
    client.reboot("10.78.0.5", timeout=1)               # refused, and with a reason
    assert host.fetch(f"tftp://{SERVER_IP}/missing") is None
    lab.stop()
    kinds = {json.loads(line).get("event") for line in lab.log().splitlines()}
    assert not {"dhcp-discover", "dhcp-offer", "dhcp-ack", "tftp-not-found"} & kinds, lab.log()
    assert "dhcp-nak" in kinds, lab.log()
