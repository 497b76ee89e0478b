# SPDX-License-Identifier: ISC
"""A lease that was acknowledged is kept, whatever happens to the server."""

import re
import signal
import time

import pytest

from lab import DNSMASQ, SERVER, SERVER_IP, wait_for
from packets import ACK, DISCOVER, NAK, RELEASE, Client, option_ip

RANGE = "dhcp-range=10.77.0.100,10.77.0.199,1h\nno-ping\n"


def test_a_lease_line_has_the_form_of_dnsmasq(lab, wire):
    lab.start(RANGE)
    before = int(time.time())
    Client(wire, 1).lease()
    Client(wire, 2, options=[(12, b"printer")]).lease()
    Client(wire, 3, client_id=b"\x01\x02\x11\x22\x33\x00\x03",
           options=[(12, b"Camera.elsewhere.example")]).lease()
    lab.lease_of("02:11:22:33:00:03")
    lab.stop()
    text = lab.lease_file.read_text()
    assert re.fullmatch(r"(\d+ (\S+ ){3}\S+\n){3}", text), text
    lines = {line[1]: line for line in lab.leases()}
    for line in lines.values():
        assert before + 3600 <= int(line[0]) <= time.time() + 3600
    assert lines["02:11:22:33:00:01"][3:] == ["*", "*"]
    assert lines["02:11:22:33:00:02"][3:] == ["printer", "*"]
    assert lines["02:11:22:33:00:03"][3:] == ["Camera", "01:02:11:22:33:00:03"]


def test_every_client_gets_an_address_of_its_own_until_none_is_left(lab, clients):
    lab.start("dhcp-range=10.77.0.100,10.77.0.129,1h\nno-ping\n")
    *served, late = clients(31)
    addresses = [client.lease().yiaddr for client in served]
    assert sorted(addresses) == [f"10.77.0.{n}" for n in range(100, 130)]
    xid = late.send(DISCOVER)
    lab.wait_log(f"DHCPDISCOVER(br0) {late.mac} no address available")
    assert wire_is_silent(late, xid)
    assert served[0].renew(addresses[0]).type == ACK
    assert late.mac not in [line[1] for line in lab.leases()]


def wire_is_silent(client, xid):
    return client.wire.receive(xid, timeout=0.1) is None


def test_clients_that_discover_at_the_same_time_do_not_share_an_address(lab, clients):
    lab.start("dhcp-range=10.77.0.100,10.77.0.131,1h\nno-ping\n")
    everybody = clients(24)
    offers = [client.discover() for client in everybody]
    granted = {}
    for client, offer in zip(everybody, offers):
        answer = client.request(offer.yiaddr)
        if answer.type == NAK:
            assert answer.message in ("address in use", "address reserved", "address not available")
            answer = client.lease()
        granted[client.mac] = answer.yiaddr
    assert len(set(granted.values())) == 24
    wait_for("all leases in the file",
             lambda: {line[1]: line[2] for line in lab.leases()} == granted, 3)


def leases_become(lab, seconds, wanted):
    """The file of a server that was killed is brought to its database a moment after the start."""
    def right():
        return {line[1]: line[2:] for line in lab.leases()} == wanted

    wait_for(f"{len(wanted)} leases in the file", right, seconds)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL], ids=["SIGTERM", "SIGKILL"])
def test_every_acknowledged_lease_survives(lab, wire, how):
    lab.start(RANGE)
    everybody = [Client(wire, n, options=[(12, f"host{n}".encode())],
                        client_id=bytes([0, n]) if n % 2 else None) for n in range(1, 31)]
    acks = {client.mac: client.lease() for client in everybody}
    # No pause: the last ACK has just left.
    lab.stop(how)
    lab.start()
    leases_become(lab, 1, {
        client.mac: [acks[client.mac].yiaddr, f"host{n}", f"00:{n:02x}" if n % 2 else "*"]
        for n, client in enumerate(everybody, start=1)})
    for line in lab.leases():
        assert abs(int(line[0]) - (time.time() + 3600)) < 15
    newcomer = Client(wire, 99)
    taken = {ack.yiaddr for ack in acks.values()}
    for client in everybody:
        address = acks[client.mac].yiaddr
        assert newcomer.discover([option_ip(50, address)]).yiaddr not in taken
        again = client.renew(address)
        assert (again.type, again.yiaddr) == (ACK, address)


def test_a_lease_acknowledged_before_each_of_ten_kills_is_there_after_the_last(lab, wire):
    lab.start(RANGE)
    granted = {}
    for n in range(1, 11):
        client = Client(wire, n)
        granted[client.mac] = client.lease().yiaddr
        lab.kill()
        lab.start()
    leases_become(lab, 1, {mac: [address, "*", "*"] for mac, address in granted.items()})


@pytest.mark.lanlord_only("it rewrites its lease file in place, and killed then has lost all leases")
def test_a_kill_during_a_release_costs_no_other_lease(lab, wire):
    lab.start(RANGE)
    kept = {client.mac: client.lease().yiaddr for client in (Client(wire, n) for n in range(40))}
    goes = Client(wire, 99)
    for _ in range(20):
        address = goes.lease().yiaddr
        before = lab.log().count("DHCPRELEASE")
        goes.send(RELEASE, [option_ip(54, SERVER_IP)], ciaddr=address)
        wait_for("the release", lambda: lab.log().count("DHCPRELEASE") > before)
        lab.kill()
        lab.start()
        wait_for("the leases that were kept", lambda: kept == {
            line[1]: line[2] for line in lab.leases() if line[1] != goes.mac}, 1)


def test_a_released_lease_does_not_come_back(lab, wire):
    lab.start(RANGE)
    stays, goes = Client(wire, 1), Client(wire, 2)
    kept = stays.lease().yiaddr
    address = goes.lease().yiaddr
    goes.send(RELEASE, [option_ip(54, SERVER_IP)], ciaddr=address)
    lab.wait_log(f"DHCPRELEASE(br0) {address} {goes.mac}")
    lab.stop()
    lab.start()
    assert [line[1:3] for line in lab.leases()] == [[stays.mac, kept]]


def test_a_lease_file_of_dnsmasq_is_taken_over(lab, wire):
    end = int(time.time()) + 1800
    lab.lease_file.write_text(f"{end} 02:11:22:33:00:01 10.77.0.150 printer 01:02:11:22:33:00:01\n"
                              "0 02:11:22:33:00:02 10.77.0.151 * *\n"
                              "1 02:11:22:33:00:03 10.77.0.152 old *\n")
    lab.start(RANGE)
    printer = Client(wire, 1, client_id=b"\x01\x02\x11\x22\x33\x00\x01")
    assert printer.reboot("10.77.0.150").type == ACK
    assert Client(wire, 2).reboot("10.77.0.151").type == ACK
    assert Client(wire, 4).discover([option_ip(50, "10.77.0.152")]).yiaddr == "10.77.0.152", \
        "its lease has ended"
    lab.stop()
    assert sorted(line[1:] for line in lab.leases()) == [
        ["02:11:22:33:00:01", "10.77.0.150", "printer", "01:02:11:22:33:00:01"],
        ["02:11:22:33:00:02", "10.77.0.151", "*", "*"]]


@pytest.mark.lanlord_only("it is one of the two")
def test_a_change_of_servers_and_back_keeps_every_address(lab, wire):
    everybody = [Client(wire, n, options=[(12, f"host{n}".encode())]) for n in range(1, 21)]
    lab.program = DNSMASQ
    lab.start(RANGE)
    granted = {client.mac: client.lease().yiaddr for client in everybody[:10]}
    for program, newcomers in ((SERVER, everybody[10:15]), (DNSMASQ, everybody[15:])):
        lab.stop()
        lab.program = program
        lab.start()
        for client in everybody:
            if client.mac in granted:
                ack = client.reboot(granted[client.mac])
                assert (ack.type, ack.yiaddr) == (ACK, granted[client.mac])
        granted |= {client.mac: client.lease().yiaddr for client in newcomers}
    lab.stop()
    assert {line[1]: line[2] for line in lab.leases()} == granted
    assert len(set(granted.values())) == 20


def test_a_lease_file_edited_while_the_server_is_down_is_the_truth(lab, wire):
    lab.start(RANGE)
    first, second = Client(wire, 1), Client(wire, 2)
    first.lease()
    kept = second.lease().yiaddr
    lab.stop()
    lines = [line for line in lab.leases() if line[1] != first.mac]
    lab.lease_file.write_text("".join(" ".join(line) + "\n" for line in lines)
                              + "0 02:11:22:33:00:03 10.77.0.150 written *\n")
    lab.start()
    assert first.renew("10.77.0.100").type == NAK
    assert second.renew(kept).type == ACK
    assert Client(wire, 3).discover().yiaddr == "10.77.0.150"


def test_a_removed_lease_file_means_no_leases(lab, client):
    lab.start(RANGE)
    address = client.lease().yiaddr
    lab.lease_of(client.mac)
    lab.stop()
    lab.lease_file.unlink()
    lab.start()
    assert (answer := client.renew(address)).type == NAK
    assert answer.message == "lease not found"


def test_garbage_in_the_lease_file_costs_only_its_own_line(lab, wire):
    end = int(time.time()) + 1800
    lab.lease_file.write_text(f"{end} 02:11:22:33:00:01 10.77.0.150 printer *\n"
                              f"{end} 02:11:22:33:00:02 no.address.here * *\n"
                              f"{end} 02:11:22:33:00:03 10.77.0.151 camera *\n")
    lab.start(RANGE)
    assert Client(wire, 1).reboot("10.77.0.150").type == ACK
    assert Client(wire, 3).reboot("10.77.0.151").type == ACK


def test_dhcp_lease_max_bounds_the_leases(lab, clients):
    lab.start(RANGE + "dhcp-lease-max=3\n")
    *served, late = clients(4)
    for client in served:
        client.lease()
    offer = late.discover()
    if offer is not None:
        assert late.request(offer.yiaddr).type == NAK
    wait_for("three leases in the file", lambda: len(lab.leases()) == 3)


def test_the_address_of_a_client_is_that_of_dnsmasq(lab, clients):
    """Chosen by a hash of the hardware address, so that a change of servers renumbers nobody."""
    lab.start(RANGE)
    chosen = [client.discover().yiaddr for client in clients(4)]
    assert chosen == ["10.77.0.137", "10.77.0.138", "10.77.0.139", "10.77.0.140"]


def test_sequential_addresses_come_in_order(lab, clients):
    lab.start(RANGE + "dhcp-sequential-ip\n")
    assert [client.lease().yiaddr for client in clients(4)] == [
        "10.77.0.100", "10.77.0.101", "10.77.0.102", "10.77.0.103"]


def test_an_address_in_use_is_not_offered(lab, client):
    """Without no-ping the server asks the network before it offers."""
    lab.host(address="10.77.0.137/24")  # where the client's hash points, see above
    lab.start("dhcp-range=10.77.0.100,10.77.0.199,1h\n")
    offer = client.discover(timeout=8)
    assert offer.yiaddr.startswith("10.77.0.1") and offer.yiaddr != "10.77.0.137"
