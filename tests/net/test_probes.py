# SPDX-License-Identifier: ISC
"""Probes through a relay: an address behind it is asked for by echo, since nobody on the link has it."""

import socket

import pytest

from lab import SERVER_IP, inside, ip
from packets import DISCOVER, message_read, message_write

FAR = "dhcp-range=10.77.0.100,10.77.0.199,1h\ndhcp-range=10.88.0.50,10.88.0.51,255.255.255.0,2h\n"


@pytest.mark.parametrize("used, free", [("10.88.0.50", "10.88.0.51"), ("10.88.0.51", "10.88.0.50")])
def test_an_address_in_use_behind_a_relay_is_not_offered(lab, used, free):
    host = lab.host(address="10.77.0.2/24")
    ip("addr add 10.88.0.1/32 dev lo", f"addr add {used}/32 dev lo", namespace=host.namespace)
    ip("route add 10.88.0.0/24 via 10.77.0.2", namespace=lab.namespace)
    # It answers ARP for the addresses of its own link alone.
    assert host.run("busybox", "sysctl", "-qw", "net.ipv4.conf.all.arp_ignore=1").returncode == 0
    lab.start(FAR)
    with inside(host.namespace), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as relay:
        relay.bind(("10.88.0.1", 67))
        relay.settimeout(10)
        relay.sendto(message_write("02:11:22:33:00:09", [(53, bytes([DISCOVER]))], xid=77, hops=1,
                                   giaddr="10.88.0.1"), (SERVER_IP, 67))
        assert message_read(relay.recv(4096)).yiaddr == free
