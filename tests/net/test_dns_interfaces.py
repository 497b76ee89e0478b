# SPDX-License-Identifier: ISC
"""Which ports, addresses and interfaces names are served at, and with which rights."""

import signal
import socket

import pytest

import dns_client
from dns_client import Asker, addresses
from dns_net import FORWARD, UP, UP2
from lab import SERVER_IP, inside, ip, wait_for


# --- ports and interfaces ---------------------------------------------------------------------------

@pytest.mark.parametrize("kind", [socket.SOCK_DGRAM, socket.SOCK_STREAM], ids=["udp", "tcp"])
@pytest.mark.parametrize("how", ["", "bind-interfaces\n", "bind-dynamic\n"])
def test_a_port_in_use_is_exit_code_2(net, kind, how):
    path = net.conf(FORWARD + how)
    with inside(net.lab.namespace), socket.socket(socket.AF_INET, kind) as taken:
        taken.bind((SERVER_IP if how else "0.0.0.0", 53))
        if kind == socket.SOCK_STREAM:
            taken.listen()
        done = net.lab.server_run("--keep-in-foreground", "--pid-file=", "-C", path)
    assert done.returncode == 2
    assert "in use" in done.stderr
    assert "53" in done.stderr or SERVER_IP in done.stderr


def test_another_port_than_53(net):
    net.start("host-record=box.lan,10.77.0.9\nport=5353\n")
    assert addresses(net.asker.udp("box.lan", port=5353)) == ["10.77.0.9"]
    assert addresses(net.asker.tcp("box.lan", port=5353)) == ["10.77.0.9"]
    assert net.asker.udp("box.lan", timeout=0.2) is None
    assert net.asker.tcp("box.lan", timeout=0.2) is None


SERVED = [
    # configuration, whom the asker on br0 reaches, whom it does not
    ("interface=br0", ["10.77.0.1", "fd77::1"], []),
    ("interface=br1", [], ["10.77.0.1", "fd77::1"]),
    ("interface=br0\ninterface=br1", ["10.77.0.1"], []),
    ("interface=br*", ["10.77.0.1", "fd77::1"], []),
    ("except-interface=br0", [], ["10.77.0.1", "fd77::1"]),
    ("except-interface=br1", ["10.77.0.1", "fd77::1"], []),
    ("listen-address=10.77.0.1", ["10.77.0.1"], ["10.77.0.11", "fd77::1"]),
    ("listen-address=10.77.0.11,fd77::1", ["10.77.0.11", "fd77::1"], ["10.77.0.1"]),
    ("listen-address=10.78.0.1\ninterface=br1", [], ["10.77.0.1"]),
]


@pytest.mark.parametrize("how", ["", "bind-interfaces", "bind-dynamic"])
@pytest.mark.parametrize("served", SERVED, ids=lambda served: served[0].replace("\n", " "))
def test_interfaces_and_addresses_that_are_served(net, served, how):
    lines, reached, unreached = served
    net.lab.bridge_add("br1", "10.78.0.1/24")
    ip("addr add 10.77.0.11/24 dev br0", namespace=net.lab.namespace)
    net.start(f"{lines}\n{how}\nhost-record=box.lan,10.77.0.9\n", interface=None)
    for address in reached:
        asker = net.asker_to(address)
        assert asker.addresses("box.lan") == ["10.77.0.9"], address
        assert addresses(asker.tcp("box.lan")) == ["10.77.0.9"], address
    for address in unreached:
        asker = net.asker_to(address)
        assert asker.udp("box.lan", timeout=0.15) is None, address
        assert asker.tcp("box.lan", timeout=0.15) is None, address


def test_the_machine_itself_is_served_beside_an_interface(net):
    """interface= means loopback too, unless it is excepted."""
    net.start("host-record=box.lan,10.77.0.9\n")
    with dns_client.udp_socket(net.lab.namespace, "127.0.0.1", "127.0.0.1") as sock:
        wire = dns_client.query("box.lan", id=7)
        sock.send(wire)
        assert addresses(dns_client.read(dns_client.udp_hear(sock, 7, 3))) == ["10.77.0.9"]


@pytest.mark.parametrize("how", ["", "bind-interfaces\n", "bind-dynamic\n"])
def test_addresses_and_interfaces_that_come_later_are_served(net, how):
    net.start("interface=br*\nhost-record=box.lan,10.77.0.9\n" + how, interface=None)
    ip("addr add 10.77.0.21/24 dev br0", "addr add fd77::21/64 dev br0 nodad",
       namespace=net.lab.namespace)
    for address in ("10.77.0.21", "fd77::21"):
        asker = net.asker_to(address)
        wait_for(f"{address} by UDP", lambda a=asker: a.addresses("box.lan", timeout=0.3), 5)
        wait_for(f"{address} by TCP", lambda a=asker: a.tcp("box.lan", timeout=0.3), 5)
    net.lab.bridge_add("br1", "10.78.0.1/24")
    far = Asker(net.lab.host("br1", address="10.78.0.2/24"), "10.78.0.1")
    wait_for("br1 by UDP", lambda: far.addresses("box.lan", timeout=0.3), 5)
    wait_for("br1 by TCP", lambda: far.tcp("box.lan", timeout=0.3), 5)
    ip("addr del 10.77.0.21/24 dev br0", namespace=net.lab.namespace)
    assert net.asker.addresses("box.lan") == ["10.77.0.9"]


def test_an_interface_that_goes_and_comes_is_served_again(net):
    net.lab.bridge_add("br1", "10.78.0.1/24")
    far = Asker(net.lab.host("br1", address="10.78.0.2/24"), "10.78.0.1")
    net.start("interface=br1\nhost-record=box.lan,10.77.0.9\nbind-dynamic\n")
    assert far.addresses("box.lan") == ["10.77.0.9"]
    ip("link set br1 down", "addr del 10.78.0.1/24 dev br1", namespace=net.lab.namespace)
    assert net.asker.addresses("box.lan") == ["10.77.0.9"]
    ip("addr add 10.78.0.1/24 dev br1", "link set br1 up", namespace=net.lab.namespace)
    wait_for("br1 again", lambda: far.addresses("box.lan", timeout=0.3), 5)


# --- the sandbox ------------------------------------------------------------------------------------

@pytest.mark.lanlord_only("it has no sandbox")
def test_names_are_served_by_a_process_that_may_do_nothing(net):
    hosts = net.lab.dir / "hosts.d"
    hosts.mkdir()
    (hosts / "one").write_text("10.77.0.40 one.lan\n")
    net.start(FORWARD + f"addn-hosts={hosts}\n")
    assert net.asker.addresses("a.wild.example") == ["192.0.2.16"]
    with open(f"/proc/{net.lab.server.pid}/status") as text:
        status = dict(line.rstrip("\n").split(":\t", 1) for line in text if ":\t" in line)
    assert set(status["Uid"].split()) != {"0"}
    assert int(status["CapEff"], 16) == 0 and status["Seccomp"] == "2"
    (hosts / "two").write_text("10.77.0.41 two.lan\n")
    net.lab.server.send_signal(signal.SIGHUP)
    wait_for("the new file", lambda: net.asker.addresses("two.lan") == ["10.77.0.41"], 5)
    assert net.asker.addresses("one.lan") == ["10.77.0.40"]


@pytest.mark.lanlord_only("it has no sandbox")
def test_a_source_port_below_1024_and_an_interface_to_ask_from_work_in_the_sandbox(net):
    net.start(f"server={UP}@10.77.0.1#900\nserver=/wild.example/{UP2}@br0\n")
    net.upstream.say("low.example 300 A 192.0.2.85")
    assert net.asker.addresses("low.example") == ["192.0.2.85"]
    assert net.asker.addresses("a.wild.example") == ["192.0.2.16"]
    assert [s.source_port for s in net.upstream.asked("low.example")] == [900]
