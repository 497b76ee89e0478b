# SPDX-License-Identifier: ISC
"""DHCPv4 on the wire: every state of a client, field by field."""

import socket
import struct

import pytest

from lab import SERVER_IP, inside, ip, wait_for
from packets import (ACK, BROADCAST_FLAG, BROADCAST_MAC, DECLINE, DISCOVER, INFORM, NAK, OFFER,
                     RELEASE, REQUEST, Client, ip_text, message_read, message_write, option_ip,
                     options_read)

RANGE = "dhcp-range=10.77.0.100,10.77.0.199,1h\nno-ping\n"
AUTHORITATIVE = RANGE + "dhcp-authoritative\n"


def numbers(body):
    return struct.unpack("!I", body)[0]


def is_to_all(message):
    return (message.eth_dst, message.ip_dst) == (BROADCAST_MAC, "255.255.255.255")


# --- DISCOVER, OFFER, REQUEST, ACK ----------------------------------------------------------------

@pytest.mark.parametrize("kind", [OFFER, ACK])
def test_offer_and_ack_carry_the_options_that_dnsmasq_adds(lab, client, kind):
    lab.start(RANGE)
    answer = client.discover(secs=7)
    if kind == ACK:
        answer = client.request(answer.yiaddr, secs=7)
    assert answer.type == kind
    assert (answer.op, answer.htype, answer.hlen, answer.hops) == (2, 1, 6, 0)
    assert (answer.ciaddr, answer.siaddr, answer.giaddr) == ("0.0.0.0", SERVER_IP, "0.0.0.0")
    assert answer.chaddr.hex() == client.mac.replace(":", "") + "00" * 10
    assert (answer.sname, answer.file, answer.size, answer.flags) == (b"", b"", 300, 0)
    assert answer.codes[0] == 53
    assert sorted(answer.options) == sorted([
        (53, bytes([kind])), option_ip(54, SERVER_IP), (51, struct.pack("!I", 3600)),
        (58, struct.pack("!I", 1800)), (59, struct.pack("!I", 3150)),
        option_ip(1, "255.255.255.0"), option_ip(28, "10.77.0.255"), option_ip(3, SERVER_IP)])


def test_a_client_without_an_address_is_answered_by_unicast(lab, client):
    lab.start(RANGE)
    for answer in (offer := client.discover(), client.request(offer.yiaddr)):
        assert (answer.eth_dst, answer.ip_dst) == (client.mac, answer.yiaddr)
        assert (answer.ip_src, answer.src_port, answer.dst_port) == (SERVER_IP, 67, 68)


def test_the_broadcast_flag_is_honoured(lab, client):
    lab.start(RANGE + "log-dhcp\n")
    for answer in (offer := client.discover(flags=BROADCAST_FLAG),
                   client.request(offer.yiaddr, flags=BROADCAST_FLAG)):
        assert is_to_all(answer)
        assert answer.flags == BROADCAST_FLAG
        assert f"dhcp: {answer.xid} broadcast response" in lab.log_lines()


def test_dhcp_broadcast_answers_all_by_broadcast(lab, client):
    lab.start(RANGE + "dhcp-broadcast\n")
    offer = client.discover()
    assert is_to_all(offer)
    assert offer.flags == BROADCAST_FLAG


def test_only_requested_and_forced_options_are_sent(lab, client):
    lab.start(RANGE + "dhcp-option=42,10.77.0.5\ndhcp-option-force=208,f1:00:74:7e\n"
              "dhcp-option=option:mtu,1400\n")
    always = {53, 54, 51, 58, 59, 1, 28}
    assert set(client.discover(parameters=(26,)).codes) == always | {26, 208}
    assert set(client.discover(parameters=(1, 42)).codes) == always | {42, 208}


@pytest.mark.lanlord_only("it sends the configuration's last line first, whatever was asked")
def test_options_come_in_the_order_of_the_request_list(lab, client):
    lab.start(RANGE + "dhcp-option=42,10.77.0.5\ndhcp-option=option:mtu,1400\ndomain=lan.example\n")
    for asked in ((42, 26, 15), (15, 42, 26), (26, 15, 42)):
        codes = client.discover(parameters=asked).codes
        assert [code for code in codes if code in asked] == list(asked)


# What is written, beside the option and the bytes on the wire.
OPTIONS = [
    ("option:ntp-server,10.77.0.5,10.77.0.6", 42, "0a4d0005 0a4d0006"),
    ("42,0.0.0.0", 42, "0a4d0001"),
    ("option:router,10.77.0.254", 3, "0a4d00fe"),
    ("option:mtu,1492", 26, "05d4"),
    ("23,9", 23, "09"),
    ("option:T1,10m", 58, "00000258"),
    ("option:domain-search,a.example,b.a.example", 119,
     "01 61 07 6578616d706c65 00 01 62 c000"),
    ("option:classless-static-route,192.168.1.0/24,10.77.0.2", 121, "18 c0a801 0a4d0002"),
    ("option:tftp-server,tftp.example", 66, b"tftp.example\0"),
    ("option:posix-timezone,CET-1CEST", 100, b"CET-1CEST"),
    ("208,f1:00:74:7e", 208, "f100747e"),
    ("224,text with blanks", 224, b"text with blanks"),
    ('225,"one,two"', 225, b"one,two"),
    ("226,7", 226, "07"),
    ("226,7b", 226, "07"),
    ("226,7s", 226, "0007"),
    ("226,7i", 226, "00000007"),
    ("226,256", 226, "0100"),
    ('252,"\\n"', 252, "0a"),
    ("227,10.77.0.9", 227, "0a4d0009"),
    ("vendor:MSFT,2,1i", 43, "02 04 00000001 ff"),
    ("vendor:PXEClient,6,8b", 43, None),
]


@pytest.mark.parametrize("line, code, wanted", OPTIONS, ids=[row[0] for row in OPTIONS])
def test_an_option_is_sent_as_it_is_written(lab, client, line, code, wanted):
    lab.start(RANGE + f"dhcp-option={line}\n")
    offer = client.discover([(60, b"MSFT 5.0")], parameters=(code,))
    assert offer.option(code) == (bytes.fromhex(wanted) if isinstance(wanted, str) else wanted)


def test_encapsulated_options_share_one_option(lab, client):
    """The order inside is nobody's promise, but 255 ends it."""
    lab.start(RANGE + "dhcp-option=encap:175,190,user\ndhcp-option=encap:175,176,1b\n")
    body = client.discover(parameters=(175,)).option(175)
    assert sorted(options_read(body)) == [(176, b"\x01"), (190, b"user")]


def test_an_option_with_no_value_is_not_sent(lab, client):
    lab.start(RANGE + "dhcp-option=3\n")
    assert client.discover(parameters=(1, 3)).option(3) is None


def test_a_tagged_option_replaces_an_untagged_one_and_among_equals_the_last_wins(lab, clients):
    first, second = clients(2)
    lab.start(RANGE + f"dhcp-host={first.mac},set:x\n"
              "dhcp-option=26,1300\ndhcp-option=tag:x,26,1400\ndhcp-option=26,1350\n"
              "dhcp-option=tag:!x,23,5\n")
    offers = [client.discover(parameters=(26, 23)) for client in (first, second)]
    assert [(o.option(26), o.option(23)) for o in offers] == [
        (struct.pack("!H", 1400), None), (struct.pack("!H", 1350), b"\x05")]


def test_without_a_request_list_everything_is_sent(lab, client):
    lab.start(RANGE + "dhcp-option=42,10.77.0.5\ndhcp-option=option:mtu,1400\ndomain=lan.example\n")
    offer = client.discover(parameters=())
    assert offer.option(42) == bytes([10, 77, 0, 5])
    assert offer.option(26) == struct.pack("!H", 1400)
    assert offer.option(15) == b"lan.example"
    assert offer.option(3) == bytes([10, 77, 0, 1])


def test_the_client_may_ask_for_a_shorter_lease_but_not_for_a_longer_one(lab, client):
    lab.start(RANGE)
    for asked, given in ((600, 600), (60, 120), (7200, 3600)):
        offer = client.discover([(51, struct.pack("!I", asked))])
        assert offer.lease_time == given, asked


def test_an_infinite_lease_has_no_renewal_times(lab, client):
    lab.start("dhcp-range=10.77.0.100,10.77.0.199,infinite\nno-ping\n")
    ack = client.lease()
    assert ack.lease_time == 0xFFFFFFFF
    assert ack.option(58) is None and ack.option(59) is None
    assert lab.lease_of(client.mac)[0] == "0"


def test_rapid_commit_answers_a_discover_with_an_ack(lab, client):
    lab.start(RANGE + "dhcp-rapid-commit\n")
    assert client.discover().type == OFFER
    ack = client.discover([(80, b"")])
    assert ack.type == ACK
    assert ack.option(80) == b""
    assert lab.lease_of(client.mac)[2] == ack.yiaddr


def test_an_offer_to_a_requested_free_address_is_that_address(lab, client):
    lab.start(RANGE)
    assert client.discover([option_ip(50, "10.77.0.177")]).yiaddr == "10.77.0.177"
    assert client.discover([option_ip(50, "10.77.0.77")]).yiaddr != "10.77.0.77"


def test_a_client_is_offered_its_lease_again(lab, clients):
    lab.start(RANGE)
    first, second = clients(2)
    address = first.lease().yiaddr
    assert first.discover([option_ip(50, "10.77.0.177")]).yiaddr == address
    assert second.discover([option_ip(50, address)]).yiaddr != address


def test_options_that_find_no_room_go_to_file_and_sname(lab, client):
    """RFC 2131 option overload: 52 says that file and sname hold options too."""
    texts = {224: b"a" * 100, 225: b"b" * 100, 226: b"c" * 100, 227: b"d" * 50}
    lab.start(RANGE + "\n".join(f"dhcp-option-force={c},{t.decode()}" for c, t in texts.items()))
    raw = []
    client.send(DISCOVER, [(57, struct.pack("!H", 576))])
    client.wire.socket.settimeout(5)
    while not raw:
        frame = client.wire.socket.recv(4096)
        if frame[23] == 17 and frame[34:36] == b"\x00\x43":
            raw.append(frame[42:])
    message = message_read(raw[0])
    assert message.size <= 576 - 28
    overload = message.option(52)[0]
    assert overload & 1, "file holds options"
    hidden = dict(message.options)
    for flag, start, end in ((1, 108, 236), (2, 44, 108)):
        if overload & flag:
            hidden |= dict(options_read(raw[0][start:end]))
    for code, text in texts.items():
        assert hidden[code] == text


# --- who is who -----------------------------------------------------------------------------------

def test_a_reservation_by_mac_gives_address_name_and_lease_time(lab, client):
    lab.start(RANGE + f"dhcp-host={client.mac},printer,10.77.0.42,45m\n")
    ack = client.lease()
    assert ack.yiaddr == "10.77.0.42"
    assert ack.lease_time == 2700
    assert ack.option(12) == b"printer"
    assert lab.lease_of(client.mac)[2:] == ["10.77.0.42", "printer", "*"]


def test_a_reserved_address_is_offered_to_nobody_else(lab, clients):
    first, second = clients(2)
    lab.start(f"dhcp-range=10.77.0.100,10.77.0.199,1h\nno-ping\ndhcp-host={first.mac},10.77.0.150\n")
    assert second.discover([option_ip(50, "10.77.0.150")]).yiaddr != "10.77.0.150"
    assert first.discover().yiaddr == "10.77.0.150"


def test_a_reservation_by_client_id_beats_one_by_mac(lab, wire):
    client = Client(wire, 1, client_id=b"\x00id-7")
    lab.start(RANGE + f"dhcp-host={client.mac},10.77.0.42\ndhcp-host=id:00:69:64:2d:37,10.77.0.43\n")
    assert client.lease().yiaddr == "10.77.0.43"
    assert lab.lease_of(client.mac)[4] == "00:69:64:2d:37"


def test_an_exact_mac_beats_a_wildcard(lab, clients):
    first, second = clients(2)
    lab.start(RANGE + f"dhcp-host=02:11:22:*:*:*,set:many\ndhcp-host={first.mac},set:one\n"
              "dhcp-option=tag:many,26,1300\ndhcp-option=tag:one,26,1400\n")
    assert first.discover(parameters=(26,)).option(26) == struct.pack("!H", 1400)
    assert second.discover(parameters=(26,)).option(26) == struct.pack("!H", 1300)


def test_an_ignored_host_hears_nothing(lab, client):
    lab.start(RANGE + f"dhcp-host={client.mac},ignore\n")
    assert client.gets_silence(DISCOVER)
    lab.wait_log(f"DHCPDISCOVER(br0) {client.mac} ignored")


def test_static_ranges_serve_reserved_hosts_only(lab, clients):
    known, probe = clients(2)
    probe_mac = "02:11:22:33:ff:fe"
    lab.start("dhcp-range=10.77.0.0,static\nno-ping\n"
              f"dhcp-host={known.mac},10.77.0.42\ndhcp-host={probe_mac},10.77.0.43\n")
    assert known.lease().yiaddr == "10.77.0.42"
    assert probe.gets_silence(DISCOVER)
    lab.wait_log(f"DHCPDISCOVER(br0) {probe.mac} no address available")


@pytest.mark.parametrize("line, options, tagged", [
    ("dhcp-match=set:x,option:client-arch,7", [(93, b"\0\7")], True),
    ("dhcp-match=set:x,option:client-arch,7", [(93, b"\0\0")], False),
    ("dhcp-match=set:x,175", [(175, b"\xeb\3\1\0\0")], True),
    ("dhcp-match=set:x,175", [], False),
    ("dhcp-vendorclass=set:x,PXEClient", [(60, b"PXEClient:Arch:00000")], True),
    ("dhcp-vendorclass=set:x,PXEClient", [(60, b"MSFT 5.0")], False),
    ("dhcp-userclass=set:x,iPXE", [(77, b"iPXE")], True),
    ("dhcp-mac=set:x,02:11:22:*:*:*", [], True),
    ("dhcp-mac=set:x,02:11:23:*:*:*", [], False),
    ("dhcp-mac=set:y,02:11:22:*:*:*\ntag-if=set:x,tag:y", [], True),
    ("dhcp-mac=set:y,02:11:22:*:*:*\ntag-if=set:x,tag:!y", [], False),
])
def test_a_tag_decides_the_boot_file(lab, client, line, options, tagged):
    lab.start(RANGE + line + "\ndhcp-boot=plain\ndhcp-boot=tag:x,special,name,10.77.0.9\n")
    offer = client.discover(options)
    expected = (b"special", b"name", "10.77.0.9") if tagged else (b"plain", b"", SERVER_IP)
    assert (offer.file, offer.sname, offer.siaddr) == expected


def test_the_boot_file_goes_to_options_when_asked_for_by_option(lab, client):
    lab.start(RANGE + "dhcp-boot=special,name,10.77.0.9\n")
    offer = client.discover(parameters=(66, 67))
    assert offer.option(67).rstrip(b"\0") == b"special"
    assert offer.option(66).rstrip(b"\0") == b"name"


# --- the other states of a REQUEST ----------------------------------------------------------------

def test_init_reboot_for_a_wrong_address_is_refused_when_authoritative(lab, client):
    lab.start(AUTHORITATIVE)
    for address, reason in (("10.77.0.3", "address not available"), ("192.0.2.9", "wrong network")):
        nak = client.reboot(address)
        assert nak.type == NAK
        assert nak.message == reason
        assert nak.codes == [53, 54, 56]
        assert (nak.yiaddr, nak.siaddr, nak.ciaddr) == ("0.0.0.0",) * 3
        assert is_to_all(nak)
        assert f"dhcp: DHCPNAK(br0) {address} {client.mac} {reason}" in lab.log_lines()
    assert lab.leases() == []


def test_init_reboot_for_another_address_than_the_leased_one_is_refused(lab, client):
    lab.start(RANGE)
    address = client.lease().yiaddr
    nak = client.reboot("10.77.0.3")
    assert (nak.type, nak.message) == (NAK, "wrong address")
    assert lab.lease_of(client.mac)[2] == address


def test_init_reboot_of_an_unknown_client_is_met_with_silence_when_not_authoritative(lab, client):
    lab.start(RANGE)
    assert client.gets_silence(REQUEST, [option_ip(50, "10.77.0.150")])


def test_an_authoritative_server_takes_over_leases_that_it_does_not_know(lab, client):
    lab.start(AUTHORITATIVE)
    ack = client.reboot("10.77.0.150")
    assert (ack.type, ack.yiaddr) == (ACK, "10.77.0.150")
    assert lab.lease_of(client.mac)[2] == "10.77.0.150"


def test_a_client_may_not_take_the_address_of_another(lab, clients):
    lab.start(AUTHORITATIVE)
    first, second = clients(2)
    address = first.lease().yiaddr
    nak = second.request(address)
    assert (nak.type, nak.message) == (NAK, "address in use")
    assert lab.lease_of(first.mac)[2] == address


def test_a_request_to_another_server_withdraws_our_offer(lab, client):
    lab.start(RANGE)
    offer = client.discover()
    assert client.gets_silence(REQUEST, [option_ip(50, offer.yiaddr), option_ip(54, "10.77.0.2")])
    assert client.mac not in [lease[1] for lease in lab.leases()]


@pytest.mark.parametrize("how", ["renew", "rebind", "reboot"])
def test_a_lease_is_extended(lab, client, how):
    lab.start(RANGE)
    ack = client.lease()
    again = getattr(client, how)(ack.yiaddr)
    assert (again.type, again.yiaddr, again.lease_time) == (ACK, ack.yiaddr, 3600)
    assert (again.eth_dst, again.ip_dst) == (client.mac, ack.yiaddr)
    assert again.ciaddr == ("0.0.0.0" if how == "reboot" else ack.yiaddr)
    # The renewal times are half and seven eighths, less up to a tenth so that clients spread.
    t1, t2 = numbers(again.option(58)), numbers(again.option(59))
    assert 0.85 * 1800 <= t1 <= 1800 and 0.85 * 3150 <= t2 <= 3150 and t1 < t2


def test_a_lease_found_nowhere_is_refused_at_renewal(lab, client):
    lab.start(RANGE)
    nak = client.renew("10.77.0.150")
    assert (nak.type, nak.message) == (NAK, "lease not found")


# --- RELEASE, DECLINE, INFORM ---------------------------------------------------------------------

def test_release_ends_the_lease(lab, client):
    lab.start(RANGE)
    address = client.lease().yiaddr
    assert lab.lease_of(client.mac)[2] == address
    client.send(RELEASE, [option_ip(54, SERVER_IP)], ciaddr=address,
                how={"src_ip": address, "dst_ip": SERVER_IP})
    lab.wait_log(f"DHCPRELEASE(br0) {address} {client.mac}")
    wait_for("an empty lease file", lambda: lab.leases() == [], 3)


def test_nobody_can_release_the_lease_of_another(lab, clients):
    lab.start(RANGE)
    first, second = clients(2)
    address = first.lease().yiaddr
    second.send(RELEASE, [option_ip(54, SERVER_IP)], ciaddr=address)
    lab.wait_log(f"DHCPRELEASE(br0) {address} {second.mac} unknown lease")
    assert first.renew(address).type == ACK
    assert lab.lease_of(first.mac)[2] == address


def decline(lab, client, address):
    client.send(DECLINE, [option_ip(50, address), option_ip(54, SERVER_IP)])
    lab.wait_log(f"DHCPDECLINE(br0) {address} {client.mac}")


def test_a_client_that_declines_is_given_another_address(lab, client):
    lab.start(RANGE)
    address = client.lease().yiaddr
    decline(lab, client, address)
    wait_for("an empty lease file", lambda: lab.leases() == [], 3)
    assert client.lease().yiaddr != address


@pytest.mark.lanlord_only("it only counts up its hash, and may give the address to the next client")
def test_a_declined_address_is_given_to_nobody_for_a_while(lab, clients):
    lab.start("dhcp-range=10.77.0.100,10.77.0.102,1h\nno-ping\n")
    first, second, third, fourth = clients(4)
    address = first.lease().yiaddr
    decline(lab, first, address)
    others = {client.lease().yiaddr for client in (second, third)}
    assert others == {"10.77.0.100", "10.77.0.101", "10.77.0.102"} - {address}
    assert fourth.discover(timeout=0.5) is None


def test_a_declined_reservation_is_set_aside(lab, client):
    lab.start(RANGE + f"dhcp-host={client.mac},10.77.0.42\n")
    assert client.lease().yiaddr == "10.77.0.42"
    decline(lab, client, "10.77.0.42")
    assert client.lease().yiaddr != "10.77.0.42"
    lab.wait_log("disabling DHCP static address 10.77.0.42 for 10m")


def test_inform_is_answered_with_options_but_no_lease(lab, client):
    lab.start(RANGE + "dhcp-option=42,10.77.0.5\n")
    client.wire.host.address_add("10.77.0.9/24")
    ack = client.ask(INFORM, ciaddr="10.77.0.9", parameters=(42, 3),
                     how={"src_ip": "10.77.0.9", "dst_ip": SERVER_IP})
    assert (ack.type, ack.yiaddr, ack.ciaddr) == (ACK, "0.0.0.0", "10.77.0.9")
    assert (ack.eth_dst, ack.ip_dst) == (client.wire.host.mac, "10.77.0.9")
    assert ack.option(51) is None and ack.option(58) is None and ack.option(59) is None
    assert ack.option(42) == bytes([10, 77, 0, 5])
    assert lab.leases() == []
    lab.wait_log(f"DHCPACK(br0) 10.77.0.9 {client.mac}")


# --- relays ---------------------------------------------------------------------------------------

@pytest.fixture
def relay(lab):
    """A host that forwards for 10.88.0.0/24: a socket bound to its address there, port 67."""
    host = lab.host(address="10.77.0.2/24")
    ip("addr add 10.88.0.1/24 dev lo", namespace=host.namespace)
    ip("route add 10.88.0.0/24 via 10.77.0.2", namespace=lab.namespace)
    with inside(host.namespace):
        relay = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        relay.bind(("10.88.0.1", 67))
        relay.settimeout(5)
    yield relay
    relay.close()


def through(relay, kind, options, **fields):
    data = message_write("02:11:22:33:00:09", [(53, bytes([kind])), *options], xid=77, hops=1,
                         giaddr="10.88.0.1", **fields)
    relay.sendto(data, (SERVER_IP, 67))
    return message_read(relay.recv(4096))


RELAYED = RANGE + "dhcp-range=set:far,10.88.0.50,10.88.0.99,255.255.255.0,2h\n"
AGENT = (82, bytes.fromhex("01 04 70 6f 72 74 02 02 ab cd"))


def test_a_relayed_client_gets_an_address_of_its_own_network(lab, relay):
    lab.start(RELAYED)
    offer = through(relay, DISCOVER, [(55, bytes([1, 3]))])
    assert (offer.type, offer.giaddr, offer.hops) == (OFFER, "10.88.0.1", 1)
    assert 50 <= int(offer.yiaddr.split(".")[3]) <= 99 and offer.yiaddr.startswith("10.88.0.")
    assert offer.option(1) == bytes([255, 255, 255, 0])
    assert ip_text(offer.option(3)) == "10.88.0.1", "the relay is the router"
    assert offer.lease_time == 7200
    ack = through(relay, REQUEST, [option_ip(50, offer.yiaddr), option_ip(54, SERVER_IP)])
    assert (ack.type, ack.yiaddr) == (ACK, offer.yiaddr)
    assert lab.lease_of("02:11:22:33:00:09")[2] == offer.yiaddr


def test_option_82_is_echoed_last_and_unchanged(lab, relay):
    lab.start(RELAYED + "dhcp-option-force=226,last\n")
    offer = through(relay, DISCOVER, [AGENT, (55, bytes([1, 3]))])
    assert offer.options[-1] == AGENT


def test_option_82_gives_tags(lab, relay):
    lab.start(RELAYED + "dhcp-circuitid=set:desk,port\ndhcp-remoteid=set:floor,ab:cd\n"
              "dhcp-option=tag:desk,26,1400\ndhcp-option=tag:floor,23,9\n")
    offer = through(relay, DISCOVER, [AGENT, (55, bytes([26, 23]))])
    assert offer.option(26) == struct.pack("!H", 1400)
    assert offer.option(23) == b"\x09"


def test_a_nak_through_a_relay_asks_it_to_broadcast(lab, relay):
    lab.start(RELAYED + "dhcp-authoritative\n")
    nak = through(relay, REQUEST, [option_ip(50, "10.88.0.3")])
    assert (nak.type, nak.message) == (NAK, "address not available")
    assert nak.flags == BROADCAST_FLAG


# --- bad packets ----------------------------------------------------------------------------------

@pytest.mark.parametrize("payload", [
    b"",
    b"\x01\x01\x06\x00" + bytes(40),
    message_write("02:11:22:33:00:01", [(53, b"\1")], xid=5)[:200],
    message_write("02:11:22:33:00:01", [(53, b"\1")], xid=5, op=2),
    message_write("02:11:22:33:00:01", [(53, b"\1")], xid=5)[:240] + b"\x35\xff\x01",
    message_write("02:11:22:33:00:01", [(53, b"\x63")], xid=5),
    message_write("02:11:22:33:00:01", [], xid=5)[:236] + bytes(64),
    message_write("02:11:22:33:00:01", [(53, b"\1"), (0x0C, b"")], xid=5)[:245],
], ids=["empty", "short", "cut header", "a reply", "overlong option", "unknown type", "no cookie",
        "no end"])
def test_a_malformed_packet_stops_nothing(lab, client, payload):
    lab.start(RANGE)
    client.wire.send(payload, client.mac)
    assert client.lease().type == ACK
    assert lab.server.poll() is None
