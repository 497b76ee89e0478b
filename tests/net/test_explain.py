# SPDX-License-Identifier: ISC
"""lanlord explain: what a client would get, and which line says so."""

import json
import pathlib
import shutil
import signal
import struct
import subprocess
import tempfile
import time

import pytest

import lab as lab_module
from lab import ROOT, SERVER
from packets import Client, frame_read, mac_text, message_write, requests_of
from house import House, first_offer
from programs import SERVED, name_of

pytestmark = pytest.mark.lanlord_only("it explains nothing")

RANGE = "dhcp-range=10.77.0.100,10.77.0.199,1h\nno-ping\n"
MAC = "52:54:00:12:34:56"
PCAPS = ROOT / "tests/corpus/pcap"
CAPTURES = [PCAPS / f"{name}.pcap" for name in ("qemu-ipxe", "qemu-ovmf-then-ipxe")]
SYSTEMS = [PCAPS / f"{name}.pcap" for name in ("udhcpc", "dhclient", "dhcpcd", "systemd-networkd")]
ITSELF = "added by lanlord itself, as dnsmasq does"


def explain(*args, under=(), cwd=None, program=SERVER):
    """On a machine that has no interface but lo."""
    return subprocess.run(["unshare", "-n", *map(str, under), program, "explain", *map(str, args)],
                          capture_output=True, text=True, timeout=60, cwd=cwd,
                          stdin=subprocess.DEVNULL)


def explained(*args, **more):
    """The objects that it prints, one for each packet."""
    done = explain("--json", *args, **more)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture
def netboot():
    """A folder that all can read, with examples/netboot.conf as netboot.conf, and files to boot from."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="explain-"))
    folder.chmod(0o755)
    root = folder / "srv"
    root.mkdir()
    (root / "undionly.kpxe").write_bytes(bytes.fromhex("ea0500c00766 9c6660") + bytes(91))
    (root / "snponly.efi").write_bytes(pe(0x8664))
    (root / "boot.ipxe").write_text("#!ipxe\nchain menu\n")
    text = (ROOT / "examples/netboot.conf").read_text()
    text = text.replace("/srv/netboot", str(root))
    (folder / "netboot.conf").write_text(text + f"dhcp-leasefile={folder}/leases\n")
    yield folder
    shutil.rmtree(folder)


def pe(machine):
    """The head of an EFI program."""
    head = bytearray(512)
    head[0:2] = b"MZ"
    head[0x3c:0x40] = struct.pack("<I", 0x80)
    head[0x80:0x86] = b"PE\0\0" + struct.pack("<H", machine)
    head[0x80 + 92:0x80 + 94] = struct.pack("<H", 10)
    return bytes(head)


# --- what it prints -----------------------------------------------------------------------------

def without_blanks(text):
    return [" ".join(line.split()) for line in text.splitlines()]


def test_the_example_for_netboot_is_explained_line_by_line(netboot):
    done = explain("-C", "netboot.conf", "--mac", MAC, "--arch", "bios", cwd=netboot)
    assert (done.returncode, done.stderr) == (0, "")
    assert without_blanks(done.stdout) == without_blanks(f"""\
assumed: br0: no interface of this machine lies in a dhcp-range; it is taken to have 10.77.0.1/24, \
in the network of dhcp-range, netboot.conf:25
assumed: nobody has a lease: {netboot}/leases: No such file or directory

DHCPDISCOVER from {MAC} (BIOS) on br0
  answer         DHCPOFFER                       to all, by broadcast
  address        10.77.0.158                     free, found from its hardware address in dhcp-range, netboot.conf:25
                 somebody may have it: the server asks the network first
  lease          12h                             netboot.conf:25
  boot file      undionly.kpxe                   netboot.conf:37
  boot server    10.77.0.1                       this server; {ITSELF}
  file           {netboot}/srv/undionly.kpxe     TFTP
                 100 bytes, BIOS program         netboot.conf:46
  tags           br0                             the interface that it came by
                 bios                            netboot.conf:32
  options
     53 message-type           DHCPOFFER         {ITSELF}
     54 server-identifier      10.77.0.1         {ITSELF}
     51 lease-time             12h               netboot.conf:25
      1 netmask                255.255.255.0     {ITSELF}
      3 router                 10.77.0.1         {ITSELF}
     67 bootfile-name          "undionly.kpxe"   netboot.conf:37
     58 T1                     6h                {ITSELF}
     59 T2                     10h30m            {ITSELF}
     28 broadcast              10.77.0.255       {ITSELF}
""")


@pytest.mark.parametrize("words, name, kind, line", [
    (["--arch", "bios"], "undionly.kpxe", "BIOS program", 37),
    (["--arch", "efi-x64"], "snponly.efi", "EFI program for x86-64", 38),
    (["--arch", "9"], "snponly.efi", "EFI program for x86-64", 38),
    (["--arch", "efi-x64", "--ipxe"], "boot.ipxe", "iPXE script", 39),
    (["--ipxe"], "boot.ipxe", "iPXE script", 39),
    (["--arch", "bios", "--option", "175=b0:01:01"], "boot.ipxe", "iPXE script", 39),
])
def test_each_kind_of_client_is_told_its_own_boot_file(netboot, words, name, kind, line):
    [told] = explained("-C", "netboot.conf", "--mac", MAC, *words, cwd=netboot)
    boot = told["boot"]
    assert (boot["name"], boot["origin"]) == (name, f"netboot.conf:{line}")
    found = boot["found"]
    assert (found["path"], found["file"], found["kind"]) == (f"{netboot}/srv/{name}", "found", kind)
    assert found["size"] == (netboot / "srv" / name).stat().st_size
    assert "warning" not in found


def test_a_machine_without_a_boot_file_for_its_firmware_is_told_none(netboot):
    [told] = explained("-C", "netboot.conf", "--mac", MAC, "--arch", "efi-arm64", cwd=netboot)
    assert "boot" not in told
    assert told["arch"] == 11


@pytest.mark.parametrize("change, file, warning", [
    (lambda srv: (srv / "snponly.efi").unlink(), "missing", None),
    (lambda srv: (srv / "snponly.efi").write_bytes(b""), "found", "there is nothing in the file"),
    (lambda srv: (srv / "snponly.efi").write_bytes(pe(0xaa64)), "found",
     "the program is for another machine"),
    (lambda srv: shutil.copy(srv / "undionly.kpxe", srv / "snponly.efi"), "found",
     "EFI firmware cannot start a BIOS program"),
    (lambda srv: shutil.copy(srv / "boot.ipxe", srv / "snponly.efi"), "found",
     "only iPXE runs such a script: give the firmware iPXE first"),
    (lambda srv: (srv / "snponly.efi").chmod(0o600), "forbidden", None),
])
def test_why_the_machine_did_not_boot(netboot, change, file, warning):
    change(netboot / "srv")
    [told] = explained("-C", "netboot.conf", "--mac", MAC, "--arch", "efi-x64", cwd=netboot)
    found = told["boot"]["found"]
    assert (found["file"], found.get("warning")) == (file, warning)


def test_who_is_ignored_is_told_the_line(tmp_path):
    conf = tmp_path / "c.conf"
    conf.write_text(f"port=0\n{RANGE}dhcp-ignore=tag:!known\n")
    done = explain("-C", conf, "--mac", MAC)
    assert done.returncode == 0
    assert without_blanks(done.stdout)[-4:] == without_blanks(f"""\
DHCPDISCOVER from {MAC} on eth0
  answer   no answer
  because  it is to be ignored   {conf}:4
  tags     eth0                  the interface that it came by
""")


def test_a_client_is_found_by_what_it_says(tmp_path):
    conf = tmp_path / "c.conf"
    conf.write_text(f"port=0\n{RANGE}dhcp-vendorclass=set:v,Acme\ndhcp-userclass=set:u,lab\n"
                    "dhcp-option=tag:v,tag:u,224,both\ndhcp-name-match=set:n,vm*\n")
    [told] = explained("-C", conf, "--mac", MAC, "--vendor-class", "Acme 7", "--user-class=lab",
                       "--option", "hostname=76:6d:31", "--option", "55=01e0")
    assert {t["tag"]: t.get("origin") for t in told["tags"]} == {
        "eth0": None, "v": f"{conf}:4", "u": f"{conf}:5", "n": f"{conf}:7"}
    assert [(o["value"], o["origin"]) for o in told["options"] if o["code"] == 224] == [
        ('"both"', f"{conf}:6")]


def test_what_a_program_passes_on_the_command_line_is_explained_too():
    [told] = explained("--mac", MAC, "--interface", "virbr0", "--", "--conf-file=/dev/null", "--port=0",
                       "--bind-interfaces", "--listen-address", "10.42.0.1",
                       "--dhcp-range=10.42.0.10,10.42.0.254,60m", "--dhcp-lease-max=50",
                       "--dhcp-option-force=3,10.42.0.1")
    assert told["interface"] == "virbr0"
    assert told["assumed"][0].endswith("10.42.0.1/24, the listen-address of command line")
    assert [o["origin"] for o in told["options"] if o["code"] == 3] == ["command line"]


# --- real packets ---------------------------------------------------------------------------------

@pytest.mark.parametrize("capture", CAPTURES, ids=lambda path: path.stem)
def test_each_packet_of_a_capture_is_explained(netboot, capture):
    every = explained("-C", "netboot.conf", "--packet", capture, cwd=netboot)
    assert len(every) == len(list(requests_of(capture)))
    assert [t["message"] for t in every] == ["DHCPDISCOVER", "DHCPREQUEST"] * (len(every) // 2)
    assert every[0]["answer"]["outcome"] == "DHCPOFFER"
    assert every[-1]["boot"]["name"] == "boot.ipxe"
    assert f"{len(every)} datagrams of the file are answers" in every[0]["assumed"][-1]
    text = explain("-C", "netboot.conf", "--packet", capture, cwd=netboot).stdout
    assert f"\npacket 2 of {len(every)}: DHCPREQUEST from 02:00:00:77:00:01 " in text


def as_hex(tmp_path, packets):
    path = tmp_path / "packets.hex"
    path.write_text("\n\n".join(p.hex(" ", 16) for p in packets) + "\n")
    return path


def answer_to(wire, packet):
    """The bytes of the server's answer to these bytes; "" if there is none within a second."""
    wire.send(packet, "02:00:00:77:00:01")
    deadline = time.monotonic() + 1
    wire.socket.settimeout(0.05)
    while time.monotonic() < deadline:
        try:
            frame = wire.socket.recv(4096)
        except TimeoutError:
            continue
        message = frame_read(frame)
        if message and message.op == 2 and message.xid == int.from_bytes(packet[4:8], "big"):
            return frame[42:14 + struct.unpack("!H", frame[16:18])[0]].hex()
    return ""


def test_what_it_says_is_what_the_server_sends_byte_for_byte(lab, wire, tmp_path):
    lab.start(RANGE + "dhcp-authoritative\ndhcp-match=set:ipxe,175\ndhcp-boot=tag:ipxe,boot.ipxe\n"
              "dhcp-boot=tag:!ipxe,snponly.efi,name,10.77.0.9\ndhcp-option=encap:175,176,1b\n"
              "dhcp-option=42,0.0.0.0\ndomain=lan.example\ndhcp-ignore=tag:bad\n"
              "dhcp-mac=set:bad,02:00:00:00:00:66\ndhcp-host=02:00:00:00:00:05,10.77.0.5,printer\n")
    packets = [p for capture in SYSTEMS + CAPTURES for p in requests_of(capture)]
    for mac in ("02:00:00:00:00:05", "02:00:00:00:00:66", "02:00:00:00:00:07"):
        packets.append(message_write(mac, [(53, b"\1"), (55, bytes((1, 3, 6, 12, 15, 42)))], xid=7))
    packets.append(message_write("02:00:00:00:00:08", [(53, b"\3"), (50, bytes((10, 9, 9, 9)))], xid=8))
    packets.append(message_write("02:00:00:00:00:09", [], xid=9))
    answered = 0
    for packet in packets:
        done = subprocess.run(lab.server_command("explain", "--json", "-C", lab.dir / "conf", "--packet",
                                                 as_hex(tmp_path, [packet])),
                              capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        told = json.loads(done.stdout)
        assert told["interface"] == "br0"
        assert told["assumed"] == [note for note in told["assumed"] if "lease" in note]
        assert told.get("packet", "") == answer_to(wire, packet), told
        answered += told["answer"]["sent"]
        if told["answer"]["outcome"] == "DHCPACK":
            lab.lease_of(mac_text(packet[28:34]))
    assert answered == len(packets) - 2


@pytest.mark.parametrize("program", [program for program in SERVED if program.leases], ids=name_of)
def test_the_command_line_of_each_program_is_explained_as_it_is_served(lab, wire, program):
    house = House(lab, program, SERVER)
    pid = house.start()
    if not program.daemon:
        first_offer(Client(wire, 1), True)
    packet = message_write("02:00:00:77:00:01", [(53, b"\1"), (55, bytes((1, 3, 6, 15, 42, 119)))], xid=7)
    words = ["/usr/sbin/dnsmasq", "explain", "--json", "--interface", "br0", "--packet",
             "/tmp/packets.hex", "--", *program.words[1:]]
    as_hex(lab.dir / "tmp", [packet])
    done = subprocess.run(house.here(*words), capture_output=True, text=True, timeout=60, cwd="/")
    assert done.returncode == 0, done.stderr  # (lines of dhcp-hostsfile may be wrong)
    told = json.loads(done.stdout)
    answer = answer_to(wire, packet)
    assert (told.get("packet", ""), told["answer"]["sent"]) == (answer, answer != "")
    house.stop(pid, signal.SIGKILL)


def test_a_lease_is_the_reason_for_its_address(lab, client):
    lab.start(RANGE)
    address = client.lease().yiaddr
    lab.lease_of(client.mac)
    done = subprocess.run(lab.server_command("explain", "--json", "-C", lab.dir / "conf", "--mac",
                                             client.mac), capture_output=True, text=True, timeout=60)
    told = json.loads(done.stdout)
    assert told["address"]["address"] == address
    assert told["address"]["why"] == "it has the lease; of dhcp-range"
    assert told["assumed"] == [f"the leases are those of {lab.lease_file}, 1"]


# --- what it does not do ---------------------------------------------------------------------------

def test_it_needs_no_root_and_changes_nothing(netboot):
    (netboot / "leases").write_text(f"1900000000 {MAC} 10.77.0.123 vm *\n")
    before = sorted((p, p.stat().st_mtime_ns) for p in netboot.rglob("*"))
    nobody = ["setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups"]
    [told] = explained("-C", "netboot.conf", "--mac", MAC, cwd=netboot, under=nobody)
    assert told["address"]["address"] == "10.77.0.123"
    assert sorted((p, p.stat().st_mtime_ns) for p in netboot.rglob("*")) == before


def test_leases_that_cannot_be_read_are_said_to_be_none(netboot):
    (netboot / "leases").write_text(f"1900000000 {MAC} 10.77.0.123 vm *\n")
    (netboot / "leases").chmod(0o600)
    nobody = ["setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups"]
    [told] = explained("-C", "netboot.conf", "--mac", MAC, cwd=netboot, under=nobody)
    assert f"nobody has a lease: {netboot}/leases: Permission denied" in told["assumed"]
    assert told["address"]["address"] != "10.77.0.123"


# --- bad input ----------------------------------------------------------------------------------------

def test_mistakes_of_the_configuration_are_told_all(tmp_path):
    conf = tmp_path / "c.conf"
    conf.write_text("port=0\ndhcp-rnage=1\nno-such\n")
    done = explain("-C", conf, "--mac", MAC)
    assert (done.returncode, done.stdout) == (1, "")
    assert [line.split(": ")[1] for line in done.stderr.splitlines()] == [f"{conf}:2", f"{conf}:3"]


def test_wrong_lines_of_a_hosts_file_are_told_but_not_all(tmp_path):
    (tmp_path / "hosts").write_text("no host\n" * 500 + f"{MAC},10.77.0.9\n")
    conf = tmp_path / "c.conf"
    conf.write_text(f"port=0\n{RANGE}dhcp-hostsfile={tmp_path}/hosts\n")
    done = explain("--json", "-C", conf, "--mac", MAC)
    assert json.loads(done.stdout)["address"]["origin"] == f"{tmp_path}/hosts:501"
    lines = done.stderr.splitlines()
    assert lines[0].startswith(f"lanlord: {tmp_path}/hosts:1: ")
    assert (len(lines), lines[-1]) == (21, "lanlord: more wrong lines are left out")


@pytest.mark.parametrize("words, code, says", [
    ([], 1, "whose packet?"),
    (["--mac", "x"], 1, "--mac x: write it as 52:54:00:12:34:56"),
    (["nothing"], 1, "explain nothing: there is no such thing to explain; write one of: dhcp"),
    (["--packet", "/nowhere"], 3, "/nowhere: No such file or directory"),
    (["--packet", "/"], 3, "/: Is a directory"),
    (["--packet", "/etc/passwd"], 1, "/etc/passwd:1: neither a pcap nor hex"),
    (["-C", "/nowhere", "--mac", MAC], 3, "/nowhere"),
])
def test_bad_input_is_one_clear_line(words, code, says):
    done = explain(*words)
    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr.startswith("lanlord: ") and says in done.stderr
    assert done.stderr.count("\n") == 1


def test_help_tells_its_words():
    done = explain("--help")
    assert (done.returncode, done.stderr) == (0, "")
    for word in ("--mac", "--interface", "--arch", "--ipxe", "--vendor-class", "--user-class",
                 "--option", "--packet", "--json"):
        assert word in done.stdout


def test_the_sub_word_dhcp_may_be_written(netboot):
    assert (explained("-C", "netboot.conf", "--mac", MAC, cwd=netboot)
            == [json.loads(explain("dhcp", "--json", "-C", "netboot.conf", "--mac", MAC,
                                   cwd=netboot).stdout)])
