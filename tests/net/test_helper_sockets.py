# SPDX-License-Identifier: ISC
"""Ports below 1024 that a server without any right to them comes to have while it serves.

Which ones the helper refuses is src/app/helper_test.c's.
"""

import os
import signal
import subprocess

import pytest

from lab import SERVER_IP, ip, wait_for
from packets import Client, Wire
from test_sandbox import children, status_of

pytestmark = pytest.mark.lanlord_only("it keeps the right to bind")

NET_BIND_SERVICE = 1 << 10
OTHER_IP = "10.78.0.1"
BOTH_RANGES = ("dhcp-range=10.77.0.100,10.77.0.199,1h\ndhcp-range=10.78.0.100,10.78.0.199,1h\n"
               "no-ping\n")


@pytest.fixture
def root(lab):
    folder = lab.dir / "root"
    folder.mkdir()
    (folder / "image").write_bytes(b"boot me")
    return folder


def reload(lab, under=()):
    return subprocess.run(lab.server_command("reload", under=under), capture_output=True, text=True)


def may_bind_nothing(lab):
    """The server is an unprivileged user, in every thread, and can never be more."""
    for thread in os.listdir(f"/proc/{lab.server.pid}/task"):
        status = status_of(thread)
        assert set(status["Uid"].split()) == {"65534"}
        for capabilities in ("CapEff", "CapPrm", "CapBnd"):
            assert int(status[capabilities], 16) & NET_BIND_SERVICE == 0


def listeners(lab):
    """Each socket of the server: ("udp", "10.77.0.1:69"), …"""
    shown = subprocess.run(lab.server_command()[:-1] + ["ss", "-Hlntu"], capture_output=True,
                           text=True, check=True).stdout
    return {(line.split()[0], line.split()[4]) for line in shown.splitlines()}


def second_network(lab):
    lab.bridge_add("br1", f"{OTHER_IP}/24")


def leases_on_br1(lab):
    client = Client(Wire(lab.host(bridge="br1")), 1)
    ack = client.request(client.discover().yiaddr, server=OTHER_IP)
    return ack and ack.yiaddr.startswith("10.78.0.1")


def test_a_reload_to_another_port_below_1024_of_http(lab, root):
    lab.start(f"http-root={root}\n")
    may_bind_nothing(lab)
    host = lab.host(address="10.77.0.50/24")
    assert host.fetch(f"http://{SERVER_IP}/image") == b"boot me"
    lab.conf_write(f"http-root={root}\nhttp-port=81\n")
    done = reload(lab)
    assert done.returncode == 0, done.stdout
    assert host.fetch(f"http://{SERVER_IP}:81/image") == b"boot me"
    assert host.fetch(f"http://{SERVER_IP}/image") is None
    may_bind_nothing(lab)


def test_a_reload_that_turns_tftp_and_http_on(lab, root):
    lab.start("")
    lab.conf_write(f"enable-tftp\ntftp-root={root}\nhttp-root={root}\n")
    done = reload(lab)
    assert done.returncode == 0, done.stdout
    host = lab.host(address="10.77.0.50/24")
    assert host.fetch(f"tftp://{SERVER_IP}/image") == b"boot me"
    assert host.fetch(f"http://{SERVER_IP}/image") == b"boot me"
    may_bind_nothing(lab)


@pytest.mark.parametrize("how", ["bind-interfaces", "bind-dynamic"])
def test_a_reload_to_a_new_interface(lab, root, how):
    """DHCP, TFTP and HTTP of IPv4 and IPv6, link-local addresses among them."""
    second_network(lab)
    ip("addr add fd00:78::1/64 dev br1 nodad", "addr add fe80::1/64 dev br1 nodad",
       namespace=lab.namespace)
    services = BOTH_RANGES + f"{how}\nenable-tftp\ntftp-root={root}\nhttp-root={root}\n"
    lab.start(services)
    lab.conf_write("interface=br1\n" + services)
    done = reload(lab)
    assert done.returncode == 0, done.stdout
    may_bind_nothing(lab)
    open_now = listeners(lab)
    for address in (OTHER_IP, "[fd00:78::1]"):
        assert ("udp", f"{address}:69") in open_now and ("tcp", f"{address}:80") in open_now
    assert ("tcp", "[fe80::1]%br1:80") in open_now and ("udp", "[fe80::1]%br1:69") in open_now
    host = lab.host(address="10.78.0.50/24", bridge="br1")
    assert host.fetch(f"tftp://{OTHER_IP}/image") == b"boot me"
    assert host.fetch(f"http://{OTHER_IP}/image") == b"boot me"
    assert leases_on_br1(lab)


def test_an_interface_that_appears_is_served_at_once(lab, root):
    lab.start("interface=br1\nbind-dynamic\n" + BOTH_RANGES +
              f"enable-tftp\ntftp-root={root}\nhttp-root={root}\n")
    second_network(lab)
    wanted = {("udp", f"{OTHER_IP}:69"), ("tcp", f"{OTHER_IP}:80")}
    wait_for("sockets of br1", lambda: wanted <= listeners(lab))
    assert leases_on_br1(lab)
    may_bind_nothing(lab)


def test_transfers_take_their_ports_below_1024_from_the_helper(lab, root):
    lab.start(f"enable-tftp\ntftp-root={root}\ntftp-port-range=700,709\n")
    host = lab.host(address="10.77.0.50/24")
    assert host.fetch(f"tftp://{SERVER_IP}/image") == b"boot me"
    may_bind_nothing(lab)


def test_without_the_helper_one_line_a_service_and_what_is_open_goes_on(lab, root):
    lab.start("interface=br1\nbind-dynamic\n" + BOTH_RANGES +
              f"enable-tftp\ntftp-root={root}\nhttp-root={root}\n")
    helper, = children(lab.server.pid)
    os.kill(helper, signal.SIGKILL)
    gone = lab.wait_log("the helper process is gone (killed by signal 9)")
    assert "files and ports that only it may open stay closed" in gone
    second_network(lab)
    why = ": the helper process is gone, and only it may open this; start the server anew"
    for line in (f"tftp: failed to create listening socket for {OTHER_IP}",
                 f"http: failed to create listening socket for port 80 of {OTHER_IP}",
                 "dhcp: failed to bind DHCP server socket to br1"):
        lab.wait_log(line + why)
    host = lab.host(address="10.77.0.50/24")    # another change of interfaces
    assert host.fetch(f"tftp://{SERVER_IP}/image") == b"boot me"
    assert host.fetch(f"http://{SERVER_IP}/image") == b"boot me"
    assert lab.log().count(why) == 3
    assert Client(Wire(lab.host()), 1).lease().yiaddr.startswith("10.77.0.1")


def test_who_starts_without_root_binds_in_place_with_the_right_it_was_given(lab, root):
    """No helper: as a service manager starts it, with an ambient capability."""
    lab.conf_write(f"http-root={root}\npid-file=\n")
    nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    caps = "+net_bind_service"
    with open(lab.log_file, "ab") as log:
        lab.server = subprocess.Popen(
            lab.server_command("-k", "--log-facility=-", "-C", lab.dir / "conf",
                               under=[*nobody, f"--inh-caps={caps}", f"--ambient-caps={caps}"]),
            stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    lab.processes.append(lab.server)
    lab.wait_log("started, version")
    assert children(lab.server.pid) == []
    lab.conf_write(f"http-root={root}\npid-file=\nhttp-port=81\n")
    done = reload(lab, under=nobody)
    assert done.returncode == 0, done.stderr
    host = lab.host(address="10.77.0.50/24")
    assert host.fetch(f"http://{SERVER_IP}:81/image") == b"boot me"
    assert int(status_of(lab.server.pid)["CapEff"], 16) == NET_BIND_SERVICE
