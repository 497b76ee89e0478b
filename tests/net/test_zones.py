# SPDX-License-Identifier: ISC
"""Zones as those see them who keep copies: real secondaries, dig, and who may have none."""

import re
import shutil
import signal

import pytest

import dns_client
from dns_net import UP
from lab import SERVER_IP, wait_for

SECONDARY, STRANGER = "10.77.0.3", "10.77.0.4"
HOSTS = 6000                    # more than a message holds, and than 64 KiB

NSD = """
server:
    ip-address: {address}
    port: 53
    username: ""
    chroot: ""
    database: ""
    zonesdir: "{dir}"
    pidfile: "{dir}/nsd.pid"
    xfrdfile: ""
    zonelistfile: "{dir}/zones"
    xfrdir: "{dir}"
    server-count: 1
    xfrd-reload-timeout: 0
    verbosity: 3
remote-control:
    control-enable: no
zone:
    name: zone.test
    zonefile: zone.test
    request-xfr: {how}{server} NOKEY
    allow-notify: {server} NOKEY
"""


def zone(peer=SECONDARY):
    return ("auth-server=ns.zone.test,br0\nauth-zone=zone.test\nauth-soa=7,admin.zone.test,1,1,600\n"
            f"auth-peer={peer}\nserver={UP}\nhost-record=a.zone.test,192.0.2.1\n"
            "txt-record=a.zone.test,hello\ncname=www.zone.test,a.zone.test\n"
            "mx-host=zone.test,a.zone.test,10\n")


class Secondary:
    """NSD on a machine of its own."""

    def __init__(self, lab, how=""):
        self.host = lab.host(address=f"{SECONDARY}/24")
        conf = self.host.dir / "nsd.conf"
        conf.write_text(NSD.format(address=SECONDARY, dir=self.host.dir, server=SERVER_IP, how=how))
        self.host.start(shutil.which("nsd", path="/usr/sbin:/usr/local/sbin") or "nsd", "-d", "-c",
                        conf)
        self.asker = dns_client.Asker(self.host, SECONDARY)

    def serial(self):
        """Of the zone that it serves; None: it has none yet."""
        message = self.asker.udp("zone.test", "SOA", timeout=1)
        soa = message and [record for record in message.answer if record.rdtype == 6]
        return soa[0][0].serial if soa else None

    def addresses(self, name):
        return self.asker.addresses(name)


def dig(host, *words):
    return host.run("dig", f"@{SERVER_IP}", "+time=2", "+tries=1", *words).stdout.decode()


def records(text):
    return [line for line in text.splitlines() if line and not line.startswith(";")]


def hosts(net, count, last):
    path = net.lab.dir / "hosts"
    path.write_text("".join(f"10.{9 + n // 65536}.{n // 256 % 256}.{n % 256} h{n}.zone.test\n"
                            for n in range(count)) + f"192.0.2.9 {last}.zone.test\n")
    return path


@pytest.mark.parametrize("how", ["", "AXFR "])
def test_a_secondary_copies_a_zone_and_follows_its_changes(net, how):
    """NSD asks for the difference (IXFR) first, and for the whole where there is none."""
    path = hosts(net, 3, "old")
    net.start(zone() + f"addn-hosts={path}\n")
    secondary = Secondary(net.lab, how)
    first = wait_for("a copy of the zone", secondary.serial)
    assert secondary.addresses("a.zone.test") == ["192.0.2.1"]
    assert secondary.addresses("old.zone.test") == ["192.0.2.9"]
    assert secondary.asker.udp("zone.test", "MX").answer
    assert secondary.addresses("www.zone.test") == ["192.0.2.1"]
    hosts(net, 3, "new")
    net.lab.server.send_signal(signal.SIGHUP)
    wait_for("the next copy", lambda: secondary.serial() > first)
    assert secondary.addresses("new.zone.test") == ["192.0.2.9"]
    assert secondary.addresses("old.zone.test") == []


def test_a_serial_grows_with_each_change_of_whatever_kind(net):
    folder = net.lab.dir / "names"
    folder.mkdir()
    net.start(zone() + f"hostsdir={folder}\n")
    serials = []

    def grows():
        soa = net.asker.udp("zone.test", "SOA").answer[0][0].serial
        if serials and soa <= serials[-1]:
            return False
        serials.append(soa)
        return True

    assert grows()
    for turn in range(3):
        (folder / "one").write_text(f"192.0.2.{turn + 20} one.zone.test\n")
        wait_for("a new serial", grows)
    for _ in range(2):
        net.lab.server.send_signal(signal.SIGHUP)
        wait_for("a new serial", grows)
    (folder / "one").write_text("192.0.2.30 one.zone.test\n")
    wait_for("a new serial", grows)


@pytest.mark.lanlord_only("a zone of more than 64 KiB is cut")
def test_a_zone_of_many_messages_is_copied_whole(net):
    path = hosts(net, HOSTS, "last")
    net.start(zone() + f"addn-hosts={path}\n")
    secondary = Secondary(net.lab)
    wait_for("a copy of the zone", secondary.serial, 20)
    for number in (0, HOSTS // 2, HOSTS - 1):
        wait_for("a name of the copy", lambda: secondary.addresses(f"h{number}.zone.test"))
    told = dig(secondary.host, "zone.test", "AXFR")
    assert len([line for line in records(told) if line.split()[3] == "A"]) == HOSTS + 2
    messages, size = map(int, re.search(r"messages (\d+), bytes (\d+)", told).groups())
    assert messages > 4 and size > 65536


def test_a_stranger_gets_no_copy_and_asks_for_no_difference(net):
    path = hosts(net, 3, "old")
    net.start(zone() + f"addn-hosts={path}\n")
    stranger = net.lab.host(address=f"{STRANGER}/24")
    for kind in ("AXFR", "IXFR=1"):
        told = dig(stranger, "zone.test", kind)
        assert "h1.zone.test" not in told and "Transfer failed" in told or not records(told), told
    assert "old" not in dig(stranger, "+notcp", "zone.test", "IXFR=1")
    net.lab.wait_log("ignoring zone transfer request from 10.77.0.4")
    assert dns_client.Asker(stranger, SERVER_IP).udp("b.example", timeout=2).rcode() == 5
    assert not net.upstream.asked("b.example")
