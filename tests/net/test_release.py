# SPDX-License-Identifier: ISC
"""dhcp_release: a lease is given back by somebody else, beside the server and elsewhere."""

import socket
import subprocess

import pytest

import lab as lab_module
from lab import enter, inside, wait_for
from packets import RELEASE, Client, message_write, option_ip

CONF = "dhcp-range=10.77.0.100,10.77.0.199,1h\nno-ping\n"


def release(lab, *words, namespace=None):
    """The program, found by its name."""
    link = lab.dir / "dhcp_release"
    if not link.exists():
        link.symlink_to(lab_module.SERVER)
    return subprocess.run([*enter(namespace or lab.namespace), str(link), *map(str, words)],
                          capture_output=True, text=True, timeout=20)


def is_gone(lab, mac):
    wait_for("the lease's end", lambda: mac not in [line[1] for line in lab.leases()], 3)


def stays(lab, clients, mac):
    """No waiting: what another client says next is answered after it."""
    clients(9)[8].lease()
    lab.lease_of(clients(9)[8].mac)
    assert mac in [line[1] for line in lab.leases()]


@pytest.mark.lanlord_only("its program is another package's")
@pytest.mark.parametrize("more", ["", "bind-interfaces\n", "bind-dynamic\n", "listen-address=10.77.0.1\n"])
def test_a_lease_is_given_back_beside_the_server(lab, client, more):
    lab.start(CONF + more)
    ack = client.lease()
    done = release(lab, "br0", ack.yiaddr, client.mac)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    is_gone(lab, client.mac)
    assert lab.wait_log(f"DHCPRELEASE(br0) {ack.yiaddr} {client.mac}")


@pytest.mark.lanlord_only("its program is another package's")
@pytest.mark.parametrize("address", [None, "10.77.0.2/24"])
def test_a_lease_is_given_back_from_another_namespace(lab, client, address):
    lab.start(CONF)
    ack = client.lease()
    host = lab.host(address=address)
    done = release(lab, "eth0", ack.yiaddr, client.mac, namespace=host.namespace)
    assert (done.returncode, done.stderr) == (0, "")
    is_gone(lab, client.mac)


@pytest.mark.lanlord_only("its program is another package's")
def test_a_lease_with_a_client_id_wants_it(lab, clients):
    client = Client(clients(1)[0].wire, 1, client_id=b"\1abc")
    lab.start(CONF)
    ack = client.lease()
    assert release(lab, "br0", ack.yiaddr, client.mac, "01:64:64:64").returncode == 0
    stays(lab, clients, client.mac)
    assert release(lab, "br0", ack.yiaddr, client.mac, "01:61:62:63").returncode == 0
    is_gone(lab, client.mac)


@pytest.mark.lanlord_only("its program is another package's")
def test_a_star_is_no_client_id(lab, client):
    lab.start(CONF)
    ack = client.lease()
    assert release(lab, "br0", ack.yiaddr, client.mac, "*").returncode == 0
    is_gone(lab, client.mac)


def test_who_sends_it_to_the_servers_own_address_is_heard(lab, client):
    """As dnsmasq's program does: it comes over loopback."""
    lab.start(CONF)
    ack = client.lease()
    with inside(lab.namespace), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.sendto(message_write(client.mac, [(53, bytes([RELEASE])), option_ip(54, "10.77.0.1")],
                                  ciaddr=ack.yiaddr), ("10.77.0.1", 67))
    is_gone(lab, client.mac)


@pytest.mark.lanlord_only("its program is another package's")
@pytest.mark.parametrize("words", [(), ("br0",), ("br0", "10.77.0.100"), ("br0", "fd00::1", "02:00:00:00:00:01"),
                                   ("br0", "10.77.0.100", "nothing"),
                                   ("br0", "10.77.0.100", "02:00:00:00:00:01", "zz"),
                                   ("br0", "10.77.0.100", "02:00:00:00:00:01", "01", "more")])
def test_wrong_words_are_told_how_to_be_right(lab, words):
    done = release(lab, *words)
    assert done.returncode == 1
    assert done.stderr == "usage: dhcp_release <interface> <addr> <mac> [<client_id>]\n"


@pytest.mark.lanlord_only("its program is another package's")
def test_an_interface_that_is_not_there_is_named(lab):
    done = release(lab, "br7", "10.77.0.100", "02:00:00:00:00:01")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "dhcp_release: cannot say it on br7: No such device\n"


@pytest.mark.lanlord_only("it has no words")
def test_lanlord_has_it_as_a_word(lab, client):
    lab.start(CONF)
    ack = client.lease()
    done = subprocess.run(lab.server_command("dhcp_release", "br0", ack.yiaddr, client.mac),
                          capture_output=True, text=True, timeout=20)
    assert (done.returncode, done.stderr) == (0, "")
    is_gone(lab, client.mac)
