# SPDX-License-Identifier: ISC
"""Which interfaces and addresses are served, as they come and go."""

import subprocess

import pytest

from lab import SERVER_IP, ip, wait_for
from packets import ACK, DISCOVER, RELEASE, Client, Wire, option_ip

RANGE = "dhcp-range=10.77.0.100,10.77.0.199,1h\nno-ping\n"


def test_two_servers_on_two_bridges_share_a_host(lab):
    lab.bridge_add("br1", "10.78.0.1/24")
    first = lab.host()
    second = lab.host(bridge="br1")
    lab.start(RANGE + "bind-interfaces\nexcept-interface=lo\n")
    other_log = lab.dir / "log1"
    other_conf = lab.dir / "conf1"
    other_conf.write_text("port=0\ninterface=br1\nbind-interfaces\nexcept-interface=lo\nno-ping\n"
                          f"dhcp-leasefile={lab.dir}/leases1\n"
                          "dhcp-range=10.78.0.100,10.78.0.199,1h\n")
    lab.server_spawn(other_conf, other_log)
    one, two = Wire(first), Wire(second)
    assert Client(one, 1).lease().yiaddr.startswith("10.77.0.")
    two_client = Client(two, 2)
    offer = two_client.discover()
    assert offer.yiaddr.startswith("10.78.0.") and offer.server_id == "10.78.0.1"
    ack = two_client.request(offer.yiaddr, server="10.78.0.1")
    assert ack.type == ACK
    assert two_client.mac not in lab.log()
    assert "02:11:22:33:00:01" not in other_log.read_text()
    one.close()
    two.close()


def test_one_server_serves_two_interfaces_from_their_own_ranges(lab):
    lab.bridge_add("br1", "10.78.0.1/24")
    wires = [Wire(lab.host()), Wire(lab.host(bridge="br1"))]
    lab.start(RANGE + "interface=br1\ndhcp-range=10.78.0.100,10.78.0.199,2h\n")
    offers = [Client(wire, 1).discover() for wire in wires]
    assert [(o.yiaddr.rsplit(".", 1)[0], o.server_id, o.lease_time) for o in offers] == [
        ("10.77.0", SERVER_IP, 3600), ("10.78.0", "10.78.0.1", 7200)]
    for wire in wires:
        wire.close()


@pytest.mark.lanlord_only("it knows hardware addresses by ARP alone")
@pytest.mark.parametrize("at_start", [True, False], ids=["at-start", "by-reload"])
def test_the_lease_of_a_client_tells_whose_folder_tftp_serves(lab, at_start):
    host = lab.host()
    wire = Wire(host)
    client = Client(wire, 7)            # its hardware address is not the host's
    folder = lab.dir / client.mac.replace(":", "-")
    folder.mkdir()
    (folder / "name").write_bytes(b"yours")
    (lab.dir / "name").write_bytes(b"everybody's")
    text = RANGE + f"enable-tftp\ntftp-root={lab.dir}\ntftp-unique-root=mac\n"
    lab.start(text if at_start else RANGE)
    address = client.lease().yiaddr
    if not at_start:
        lab.conf_write(text)
        assert subprocess.run(lab.server_command("reload")).returncode == 0
    host.address_add(f"{address}/24")
    fetch = ("curl", "-s", "--max-time", "5", f"tftp://{SERVER_IP}/name")
    assert host.run(*fetch).stdout == b"yours"
    client.send(RELEASE, [option_ip(54, SERVER_IP)], ciaddr=address)
    wait_for("the lease's end", lambda: not lab.leases())
    assert host.run(*fetch).stdout == b"everybody's"
    wire.close()


def test_no_dhcp_interface_is_not_served(lab):
    lab.bridge_add("br1", "10.78.0.1/24")
    quiet, served = Wire(lab.host(bridge="br1")), Wire(lab.host())
    lab.start(RANGE + "interface=br1\nno-dhcp-interface=br1\n"
              "dhcp-range=10.78.0.100,10.78.0.199,2h\n")
    xid = Client(quiet, 1).send(DISCOVER)
    assert Client(served, 2).lease().yiaddr.startswith("10.77.0.")
    assert quiet.receive(xid, timeout=0.05) is None
    assert "02:11:22:33:00:01" not in lab.log()
    quiet.close()
    served.close()


@pytest.mark.lanlord_only("its HTTP")
@pytest.mark.parametrize("bind", ["bind-dynamic", "bind-interfaces", ""])
def test_both_families_are_served(lab, bind):
    (lab.dir / "name").write_bytes(b"here")
    ip("addr add fd00:77::1/64 dev br0 nodad", namespace=lab.namespace)
    host = lab.host(address="10.77.0.50/24")
    ip("addr add fd00:77::50/64 dev eth0 nodad", namespace=host.namespace)
    lab.start(f"{bind}\nenable-tftp\ntftp-root={lab.dir}\nhttp-root={lab.dir}\n")
    for address in ("10.77.0.1", "[fd00:77::1]"):
        for scheme in ("tftp", "http"):
            assert host.fetch(f"{scheme}://{address}/name") == b"here", (scheme, address)
    wait_for("two lines", lambda: lab.log().count(" to fd00:77::50") == 2)


@pytest.mark.lanlord_only("its HTTP")
@pytest.mark.parametrize("bind", ["bind-dynamic", "bind-interfaces", ""])
def test_an_interface_that_goes_and_comes_back_is_served_again(lab, bind):
    (lab.dir / "name").write_bytes(b"here")
    lab.bridge_add("br1", "10.78.0.1/24")
    lab.start(RANGE + f"{bind}\ninterface=br1\ndhcp-range=10.78.0.100,10.78.0.199,1h\n"
              f"enable-tftp\ntftp-root={lab.dir}\nhttp-root={lab.dir}\n")
    for _ in range(2):
        host = lab.host(bridge="br1", address="10.78.0.50/24")
        wire = Wire(host)
        assert wait_for("an offer", lambda: Client(wire, 1).discover(timeout=0.3))
        for url in ("tftp://10.78.0.1/name", "http://10.78.0.1/name"):
            assert wait_for(url, lambda: host.fetch(url)) == b"here"
        wire.close()
        ip("link del br1", namespace=lab.namespace)
        lab.bridge_add("br1", "10.78.0.1/24")
    assert "failed to" not in lab.log()


def test_an_interface_that_appears_later_is_served_with_bind_dynamic(lab):
    lab.start(RANGE + "bind-dynamic\ninterface=br1\ndhcp-range=10.78.0.100,10.78.0.199,2h\n")
    lab.bridge_add("br1", "10.78.0.1/24")
    wire = Wire(lab.host(bridge="br1"))

    # The notice of the kernel and the packet race, so the client asks more than once, as clients do.
    offer = wait_for("an offer", lambda: Client(wire, 1).discover(timeout=0.3))
    assert offer.yiaddr.startswith("10.78.0.")
    wire.close()
