# SPDX-License-Identifier: ISC
"""Servers beside each other: who may share a port, and whose packets are whose."""

import contextlib
import socket

import pytest

from lab import SERVER_IP, inside
from packets import Client, Wire

pytestmark = pytest.mark.lanlord_only("its rules of sharing are its own")

RANGE = "dhcp-range=10.77.0.100,10.77.0.199,1h\nno-ping\n"


@pytest.mark.parametrize("service", ["http-root={}\n", "enable-tftp\ntftp-root={}\n"])
def test_a_second_server_is_refused_every_port_of_the_first(lab, service):
    lab.start(service.format(lab.dir))
    done = lab.server_run("--keep-in-foreground", "--pid-file=", "-C", lab.dir / "conf")
    assert done.returncode == 2
    line, = done.stderr.strip().splitlines()
    assert line.endswith("Address already in use")


def test_a_port_that_another_dhcp_server_shares_is_shared_when_interfaces_are_bound(lab, client):
    """As dnsmasq does with several interfaces: reusable, and bound to no device."""
    with inside(lab.namespace), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("0.0.0.0", 67))
        lab.start(RANGE + "bind-interfaces\nexcept-interface=lo\n")
        assert client.lease().yiaddr.startswith("10.77.0.1")


def test_a_renewal_reaches_the_server_of_its_own_interface(lab):
    """Two servers share the port: what comes by unicast must not be dealt out between them."""
    lab.start(RANGE + "bind-interfaces\nexcept-interface=lo\n")
    lab.bridge_add("br1", "10.78.0.1/24")
    other = lab.dir / "other"
    other.write_text("port=0\ninterface=br1\nbind-interfaces\nexcept-interface=lo\nno-ping\n"
                     f"dhcp-leasefile={lab.dir}/leases1\ndhcp-range=10.78.0.10,10.78.0.99\n")
    lab.server_spawn(other, lab.dir / "log1")
    with contextlib.closing(Wire(lab.host())) as wire:
        for number in range(1, 13):
            client = Client(wire, number)
            address = client.lease().yiaddr
            assert client.renew(address).yiaddr == address


@pytest.mark.parametrize("service, kind, port", [("http-root={}\n", socket.SOCK_STREAM, 80),
                                                 ("enable-tftp\ntftp-root={}\n", socket.SOCK_DGRAM, 69)])
def test_ports_of_addresses_that_are_not_served_stay_free(lab, service, kind, port):
    lab.bridge_add("br1", "10.78.0.1/24")
    lab.start(service.format(lab.dir) + "bind-interfaces\nexcept-interface=lo\n")
    with inside(lab.namespace):
        for address in ("10.78.0.1", "127.0.0.1"):
            with socket.socket(socket.AF_INET, kind) as other:
                other.bind((address, port))
        with socket.socket(socket.AF_INET, kind) as other, pytest.raises(OSError):
            other.bind((SERVER_IP, port))
