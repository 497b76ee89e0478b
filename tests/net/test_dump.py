# SPDX-License-Identifier: ISC
"""dumpfile and dumpmask: what is in the capture, read by tcpdump and byte by byte."""

import os
import re
import struct
import subprocess
import threading

import pytest

import lab as lab_module
import packets
from dns_net import FORWARD, Net
from lab import SERVER_IP

CONF = FORWARD + """
dhcp-range=10.77.0.100,10.77.0.150,1h
no-ping
enable-tftp
tftp-root={dir}/tftp
host-record=box.lan,192.0.2.7
dumpfile={dir}/dump
"""
KINDS = {0x0001: "question", 0x0002: "answer", 0x0004: "up", 0x0008: "reply", 0x1000: "dhcp",
         0x8000: "tftp"}


class Dump(Net):
    def __init__(self, lab):
        super().__init__(lab)
        (lab.dir / "tftp").mkdir()
        (lab.dir / "tftp" / "file").write_bytes(b"x" * 700)
        self.path = lab.dir / "dump"

    def begin(self, more):
        self.start(CONF.format(dir=self.lab.dir) + more)

    def traffic(self):
        self.asker.udp("n1.wild.example", id=4711)
        self.asker.udp("box.lan", id=4712)
        self.asker.tcp("box.lan", id=4713)
        self.asker_to("fd77::1", "fd77::2").udp("box.lan", id=4714)
        self.host.fetch(f"tftp://{SERVER_IP}/file")
        wire = packets.Wire(self.host)
        packets.Client(wire, 5).lease([])
        wire.close()

    def records(self):
        """(time, packet) of each record."""
        data = self.path.read_bytes()
        magic, major, minor, _, _, _, link = struct.unpack("=IHHiIII", data[:24])
        assert (magic, major, minor, link) == (0xA1B2C3D4, 2, 4, 101)
        found, at = [], 24
        while at < len(data):
            sec, usec, kept, length = struct.unpack("=IIII", data[at:at + 16])
            assert kept == length
            found.append((sec + usec / 1e6, data[at + 16:at + 16 + kept]))
            assert len(found[-1][1]) == kept
            at += 16 + kept
        return found

    def datagrams(self):
        """What kind each is, and its data without numbers that are drawn by chance."""
        return [seen(packet) for _, packet in self.records()]


def seen(packet):
    header = 40 if packet[0] >> 4 == 6 else 20
    source, sink = struct.unpack("!HH", packet[header:header + 4])
    data = packet[header + 8:]
    if {source, sink} & {67, 68}:
        return "dhcp", len(data), data[240:243]
    if sink == 69 or data[:2] in (b"\0\3", b"\0\6", b"\0\5"):
        return "tftp", data[:1]
    number = struct.unpack("!H", data[:2])[0]
    kind = ("question" if sink == 53 else "answer") if 4711 <= number <= 4714 else \
        "up" if sink == 53 else "reply"
    return kind, data[2:]


@pytest.fixture
def dump(lab):
    dump = Dump(lab)
    yield dump
    dump.upstream.close()


@pytest.mark.parametrize("mask", KINDS, ids=lambda mask: KINDS[mask])
def test_each_bit_of_the_mask_is_one_kind_of_packet(dump, mask):
    dump.begin(f"dumpmask={mask:#06x}")
    dump.traffic()
    kinds = [kind for kind, *_ in dump.datagrams()]
    assert kinds and set(kinds) == {KINDS[mask]}
    told = re.findall(r"dumping packet (\d+) mask (0x[\da-f]{4})", dump.lab.log())
    assert told == [(str(n + 1), f"{mask:#06x}") for n in range(len(kinds))]


def test_without_a_mask_there_is_a_head_and_nothing_else(dump):
    dump.begin("")
    dump.traffic()
    assert dump.records() == []


def test_both_dump_the_same_packets(dump):
    if not os.access(lab_module.DNSMASQ, os.X_OK):
        pytest.skip("dnsmasq is not installed")
    other_lab = lab_module.Lab()
    other_lab.program = lab_module.DNSMASQ
    other = Dump(other_lab)
    try:
        for side in (dump, other):
            side.begin("dumpmask=0xffff")
            side.traffic()
        # What comes first when is chance; of a TFTP option both send their own.
        assert sorted(map(repr, dump.datagrams())) == sorted(map(repr, other.datagrams()))
        assert len(dump.records()) > 12
    finally:
        other.upstream.close()
        other_lab.close()


def test_tcpdump_finds_every_header_and_checksum_right(dump):
    dump.begin("dumpmask=0xffff")
    dump.traffic()
    shown = subprocess.run(["tcpdump", "-nnvvr", dump.path], capture_output=True, text=True,
                           check=True)
    count = len(dump.records())
    assert shown.stdout.count("[udp sum ok]") == count and count > 12
    assert "bad" not in shown.stdout and "invalid" not in shown.stdout + shown.stderr


def test_what_comes_is_put_behind_what_is_there(dump):
    dump.begin("dumpmask=0x0001")
    dump.asker.udp("box.lan", id=4711)
    dump.lab.stop()
    dump.lab.start()
    dump.asker.udp("box.lan", id=4712)
    assert len(dump.records()) == 2


@pytest.mark.parametrize("content", [b"no capture at all, but long enough", b"short"])
def test_a_file_that_is_no_capture_ends_the_start(dump, content):
    dump.path.write_bytes(content)
    conf = dump.conf(CONF.format(dir=dump.lab.dir) + "dumpmask=1")
    done = dump.lab.server_run("-d", "-C", conf)
    assert done.returncode == 3
    assert str(dump.path) in done.stderr
    assert dump.path.read_bytes() == content


def test_a_file_that_cannot_be_made_ends_the_start(dump):
    conf = dump.conf(FORWARD + "dumpfile=/nonexistent/dump\ndumpmask=1")
    done = dump.lab.server_run("-d", "-C", conf)
    assert done.returncode == 3
    assert "cannot create /nonexistent/dump: No such file or directory" in done.stderr


@pytest.mark.lanlord_only("it waits for a reader before it serves")
def test_a_pipe_may_be_read_later_and_holds_nobody_up(dump):
    os.mkfifo(dump.path)
    dump.begin("dumpmask=0x0003")
    for n in range(2000):               # more than a pipe holds
        assert dump.asker.udp("box.lan", id=n)
    got = os.open(dump.path, os.O_RDONLY | os.O_NONBLOCK)
    data = os.read(got, 24)
    os.close(got)
    assert struct.unpack("=I", data[:4])[0] == 0xA1B2C3D4


def test_many_who_ask_at_once_leave_whole_records(dump):
    dump.begin("dumpmask=0xffff")

    def ask(start):
        for n in range(50):
            dump.asker.udp(f"n{start + n}.wild.example")
            dump.host.fetch(f"tftp://{SERVER_IP}/file") if n % 25 == 0 else None

    threads = [threading.Thread(target=ask, args=(k * 1000,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    dump.lab.stop()
    assert len(dump.records()) >= 4 * 50 * 4


@pytest.mark.lanlord_only("it leaves a broken record")
def test_a_full_disk_leaves_whole_records_and_does_not_stop_the_service(dump):
    small = dump.lab.dir / "small"
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4096", "none", small], check=True)
    try:
        dump.path = small / "dump"
        dump.start(FORWARD + f"dumpmask=3\nhost-record=box.lan,192.0.2.7\ndumpfile={dump.path}")
        for n in range(100):
            assert dump.asker.udp("box.lan", id=n)
        dump.lab.wait_log("cannot write to the dumpfile")
        assert 20 < len(dump.records()) < 60
        dump.lab.stop()
    finally:
        subprocess.run(["umount", small], check=True)
