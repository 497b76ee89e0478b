# SPDX-License-Identifier: ISC
"""lanlord leases, lanlord pools and what dnsmasq-utils brings: an operator's hands on the leases."""

import json
import subprocess
import time

import pytest

import lab as lab_module
from lab import enter
from packets import ACK, Client

pytestmark = pytest.mark.lanlord_only("it has no such words")

CONF = "dhcp-range=set:red,10.77.0.100,10.77.0.199,1h\nno-ping\ndomain=lan\n"


def word(lab, *args):
    return subprocess.run(lab.server_command(*args), capture_output=True, text=True, timeout=30)


def done(lab, *args):
    run = word(lab, *args)
    assert (run.returncode, run.stderr) == (0, ""), run
    return run.stdout


def refused(lab, *args):
    run = word(lab, *args)
    assert (run.returncode, run.stdout) == (1, ""), run
    return run.stderr


def program(lab, name, *args):
    link = lab.dir / name
    if not link.exists():
        link.symlink_to(lab_module.SERVER)
    return subprocess.run([*enter(lab.namespace), str(link), *args], capture_output=True, text=True,
                          timeout=20)


def objects(lab, *args):
    return json.loads(done(lab, "leases", "--json", *args))


def test_leases_are_listed_with_what_is_known_of_them(lab, clients):
    lab.start(CONF)
    one, two = clients(2)
    address = one.lease([(12, b"printer")]).yiaddr
    other = two.lease().yiaddr
    listed = {row["address"]: row for row in objects(lab)}
    assert set(listed) == {address, other}
    row = listed[address]
    assert (row["mac"], row["name"], row["domain"], row["interface"]) == (one.mac, "printer", "lan", "br0")
    assert 3590 <= row["seconds_left"] <= 3600 and abs(row["expires"] - time.time() - 3600) < 10
    assert "red" in row["tags"]
    table = done(lab, "leases").splitlines()
    assert table[0].split() == ["ADDRESS", "MAC", "NAME", "LEFT", "INTERFACE", "TAGS", "CLIENT-ID"]
    assert any(line.split()[:3] == [address, one.mac, "printer"] for line in table[1:])


def test_leases_are_filtered(lab, clients):
    lab.start(CONF)
    one, two = clients(2)
    address = one.lease([(12, b"printer")]).yiaddr
    two.lease()
    for words in (("--name", "PRIN*"), ("--mac", one.mac), ("--range", address),
                  ("--tag", "red", "--name", "printer.lan")):
        assert [row["address"] for row in objects(lab, *words)] == [address], words
    assert objects(lab, "--tag", "blue") == []
    assert len(objects(lab, "--range", "10.77.0.0/24")) == 2


def test_an_offer_is_listed_only_with_all(lab, client):
    lab.start(CONF)
    address = client.discover().yiaddr
    assert objects(lab) == []
    assert [(row["address"], row["state"]) for row in objects(lab, "--all")] == [(address, "offered")]


def test_a_released_lease_is_gone_when_the_word_returns(lab, clients):
    lab.start(CONF)
    one, two = clients(2)
    first, second = one.lease().yiaddr, two.lease().yiaddr
    assert done(lab, "leases", "release", first, two.mac) == \
        f"released {first} {one.mac}\nreleased {second} {two.mac}\n"
    assert objects(lab) == []
    lab.kill()
    lab.start()
    assert objects(lab) == []
    assert refused(lab, "leases", "release", first) == f"{first}: nobody holds a lease of it\n"


def test_an_added_lease_is_served_to_its_client_and_survives(lab, client):
    lab.start(CONF)
    assert done(lab, "leases", "add", "10.77.0.150", client.mac, "camera", "--time", "2h") == "1 added\n"
    lab.kill()
    lab.start()
    row = objects(lab)[0]
    assert (row["address"], row["name"]) == ("10.77.0.150", "camera")
    assert 7100 <= row["seconds_left"] <= 7200
    assert client.discover().yiaddr == "10.77.0.150"


def test_without_a_time_it_lasts_as_long_as_its_range_says(lab, client):
    lab.start(CONF)
    done(lab, "leases", "add", "10.77.0.150", client.mac)
    assert 3590 <= objects(lab)[0]["seconds_left"] <= 3600


def test_what_cannot_be_added_says_why(lab, clients):
    lab.start(CONF)
    one, two = clients(2)
    held = one.lease().yiaddr
    assert "10.99.0.5: no dhcp-range is on its network" in refused(lab, "leases", "add", "10.99.0.5", two.mac)
    assert "10.77.0.1: it is this machine's own address" in refused(lab, "leases", "add", "10.77.0.1", two.mac)
    assert f"{held}: it is leased; lanlord leases release takes it from {one.mac}" in \
        refused(lab, "leases", "add", held, two.mac)
    assert "no hardware address" in refused(lab, "leases", "add", "10.77.0.150", "nothing")
    assert "45m" in refused(lab, "leases", "add", "10.77.0.150", two.mac, "--time", "soon")
    assert [row["mac"] for row in objects(lab)] == [one.mac]


def test_a_lease_file_is_imported_and_no_client_loses_time(lab, clients):
    lab.start(CONF)
    one, two = clients(2)
    held, kept = one.lease().yiaddr, two.lease().yiaddr
    soon = int(time.time()) + 600
    file = lab.dir / "old"
    file.write_text(
        f"{soon} 02:aa:00:00:00:01 10.77.0.150 box 01:02:aa:00:00:00:01\n"
        f"0 02:aa:00:00:00:02 10.77.0.151 * *\n"
        f"12345 02:aa:00:00:00:03 10.77.0.152 * *\n"
        f"{soon} 02:aa:00:00:00:04 {held} * *\n"
        f"{soon} {two.mac} {kept} * *\n"
        "what is this\n"
        "duid 00:01:00:01\n"
        f"{soon} 1234 fd00::5 * 00:01\n")
    run = word(lab, "leases", "import", str(file))
    assert run.returncode == 1
    assert f"{held}: it is leased; lanlord leases release takes it from {one.mac}\n" in run.stderr
    assert "2 added, 1 kept that last longer, 1 had ended, 1 refused\n" in run.stderr
    assert f"{file}:6: this is no lease; left out\n" in run.stderr
    assert "1 IPv6 leases left out" in run.stderr
    rows = {row["address"]: row for row in objects(lab)}
    assert set(rows) == {held, kept, "10.77.0.150", "10.77.0.151"}
    assert rows["10.77.0.150"]["name"] == "box" and rows["10.77.0.150"]["client_id"] == "01:02:aa:00:00:00:01"
    assert "seconds_left" not in rows["10.77.0.151"]
    assert rows[kept]["seconds_left"] > 3500


def test_ten_thousand_leases_go_in_and_come_out_whole(lab, client):
    lab.start("dhcp-range=10.77.0.100,10.77.0.199,1h\ndhcp-range=10.200.0.0,10.200.255.255,255.255.0.0,1h\n"
              "dhcp-lease-max=20000\nno-ping\n")
    file = lab.dir / "many"
    addresses = [f"10.200.{n // 250}.{n % 250 + 1}" for n in range(10000)]
    file.write_text("".join(f"0 02:00:00:01:{n >> 8:02x}:{n & 255:02x} {address} host{n} *\n"
                            for n, address in enumerate(addresses)))
    assert done(lab, "leases", "import", str(file)) == "10000 added\n"
    assert [row["address"] for row in objects(lab)] == addresses
    assert client.lease().type == ACK
    pools = json.loads(done(lab, "pools", "--json"))
    assert [(pool["size"], pool["bound"]) for pool in pools] == [(100, 1), (65536, 10000)]


def test_pools_tell_how_ranges_are_used(lab, clients):
    lab.start("dhcp-range=set:red,10.77.0.100,10.77.0.109,1h\nno-ping\ndhcp-host=02:00:00:00:77:77,10.77.0.105\n")
    one, two = clients(2)
    one.lease()
    two.discover()
    pool = json.loads(done(lab, "pools", "--json"))[0]
    assert pool == {"start": "10.77.0.100", "end": "10.77.0.109", "mode": "dynamic", "set": "red", "size": 10,
                    "bound": 1, "offered": 1, "declined": 0, "reserved": 1, "origin": f"{lab.dir}/conf:4"}
    assert "[####................]  20%" in done(lab, "pools").splitlines()[1]


def test_without_ranges_there_are_no_leases_and_it_says_so(lab):
    lab.start("no-ping\n")
    assert "no dhcp-range is configured" in refused(lab, "leases")
    assert "no dhcp-range is configured" in refused(lab, "pools")
    assert "no dhcp-range is configured" in refused(lab, "leases", "release", "10.77.0.100")


def test_what_does_not_fit_is_told(lab):
    assert "see lanlord leases --help" in refused(lab, "leases", "--nmae", "x")
    assert "there is release, add and import" in refused(lab, "leases", "remove", "10.77.0.100")
    assert "10.77.0 is neither an address" in refused(lab, "leases", "release", "10.77.0")
    assert "lanlord leases import FILE" in done(lab, "leases", "--help")


def test_dhcp_lease_time_prints_what_is_left(lab, clients):
    lab.start(CONF)
    address = clients(1)[0].lease().yiaddr
    run = program(lab, "dhcp_lease_time", address)
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout in ("1h", "59m59s", "59m58s", "59m57s")
    done(lab, "leases", "add", "10.77.0.150", "02:00:00:00:77:77", "--time", "infinite")
    assert program(lab, "dhcp_lease_time", "10.77.0.150").stdout == "infinite"
    run = program(lab, "dhcp_lease_time", "10.77.0.151")
    assert (run.returncode, run.stdout, run.stderr) == (1, "", "")
    assert program(lab, "dhcp_lease_time").stderr == "usage: dhcp_lease_time <address>\n"
    assert program(lab, "dhcp_lease_time", "10.77.0").stderr == "invalid address: 10.77.0\n"


def test_dhcp_release_asks_the_server_and_sends_nothing(lab, client):
    lab.start(CONF + "log-dhcp\n")
    address = client.lease().yiaddr
    run = program(lab, "dhcp_release", "br0", address, client.mac)
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
    assert objects(lab) == []
    assert f"DHCPRELEASE(br0) {address} {client.mac} by command" in lab.log()
