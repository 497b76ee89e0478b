# SPDX-License-Identifier: ISC
"""Files that are read again while the server serves: nobody waits for that."""

import os
import signal
import subprocess
import threading
import time

import pytest

import dns_text
import lab as lab_module
from dns_net import word
from lab import wait_for

MANY = 500_000
RANGE = "dhcp-range=10.77.0.100,10.77.0.199,1h\nno-ping\n"


def many_hosts(path, names=MANY, last="192.0.2.1 last.lan\n"):
    lines = [f"10.{i >> 16 & 255}.{i >> 8 & 255}.{i & 255} host{i}.example\n" for i in range(names)]
    path.write_text("".join(lines) + last)


def start(lab, text):
    """With names on, by these files alone."""
    (lab.dir / "conf").write_text(f"no-resolv\nno-hosts\ninterface=br0\n"
                                  f"dhcp-leasefile={lab.lease_file}\n{text}")
    return lab.start()


def address(lab, name):
    """What the name has here, at once or never; None: nothing."""
    with lab_module.inside(lab.namespace):
        said = dns_text.ask(f"{name} A", (lab_module.SERVER_IP, 53), timeout=5)
    return next((line.split()[-1] for line in said if line.startswith("an ")), None)


def hup(lab):
    lab.server.send_signal(signal.SIGHUP)


def lines_with(lab, text):
    return [line for line in lab.log_lines() if text in line]


def timed(ask):
    """How long an answer takes."""
    begun = time.monotonic()
    assert ask()
    return time.monotonic() - begun


def nobody_waits(waits, reading):
    """A moment may be the machine's; as long as the reading it never is."""
    waits = sorted(waits)
    assert len(waits) > 10, (waits, reading)
    assert waits[len(waits) // 2] < 0.05, (waits[-5:], reading)
    assert waits[-1] < max(0.05, reading / 2), (waits[-5:], reading)


@pytest.mark.lanlord_only("it answers nobody meanwhile")
@pytest.mark.parametrize("how", ["SIGHUP", "reload", "hostsdir"])
def test_dhcp_and_dns_are_answered_while_half_a_million_hosts_are_read(lab, client, how):
    hosts = lab.dir / "hosts.d" / "many"
    hosts.parent.mkdir()
    many_hosts(hosts)
    start(lab, RANGE + f"hostsdir={hosts.parent}\n")
    lab.wait_log(f"read {hosts} - {MANY + 1} names", timeout=60)
    mine = client.lease().yiaddr
    with open(hosts, "a") as file:
        file.write("192.0.2.2 newest.lan\n")
    said = f"read {hosts} - {MANY + 2} names"
    reload = None
    begun = time.monotonic()
    if how == "SIGHUP":
        hup(lab)
    if how == "reload":
        reload = subprocess.Popen(lab.server_command("reload"), stdout=subprocess.PIPE, text=True)
    by_dhcp, by_dns = [], []
    while not lines_with(lab, said) and time.monotonic() < begun + 60:
        by_dhcp.append(timed(lambda: client.renew(mine)))
        by_dns.append(timed(lambda: address(lab, "host1.example")))
    reading = time.monotonic() - begun
    nobody_waits(by_dhcp, reading)
    nobody_waits(by_dns, reading)
    assert address(lab, "newest.lan") == "192.0.2.2"
    if reload:
        assert "generation 2 serves" in reload.communicate(timeout=20)[0]


def test_after_many_hups_the_newest_files_serve(lab, client):
    """Those that come while files are read are one reading more."""
    hosts, reserved = lab.dir / "hosts", lab.dir / "reserved"
    many_hosts(hosts, 50_000)
    reserved.write_text("")
    start(lab, RANGE + f"addn-hosts={hosts}\ndhcp-hostsfile={reserved}\n")
    lab.wait_log(f"read {reserved}")
    for i in range(1, 31):
        many_hosts(hosts, 1000 if i < 30 else 2000, f"192.0.2.{i} last.lan\n")
        reserved.write_text(f"{client.mac},10.77.0.{100 + i}\n")
        hup(lab)
    wait_for("the last file", lambda: address(lab, "last.lan") == "192.0.2.30")
    assert address(lab, "host1999.example") == "10.0.7.207"
    wait_for("the last line", lambda: client.discover().yiaddr == "10.77.0.130")
    assert 2 <= len(lines_with(lab, f"read {hosts} - ")) <= 31


def test_a_hosts_file_that_grows_while_it_is_read_is_whole_the_next_time(lab):
    hosts = lab.dir / "hosts"
    many_hosts(hosts, 20_000)
    start(lab, f"addn-hosts={hosts}\n")
    growing = threading.Event()

    def grow():
        with open(hosts, "a") as file:
            for i in range(20_000):
                file.write(f"192.0.2.3 grown{i}.lan\n")
                if i % 1000 == 0:
                    file.flush()
                    growing.set()

    writer = threading.Thread(target=grow)
    writer.start()
    growing.wait()
    while writer.is_alive():
        hup(lab)
        time.sleep(0.02)
    writer.join()
    assert lab.server.poll() is None
    hup(lab)
    wait_for("the last line", lambda: address(lab, "grown19999.lan") == "192.0.2.3")
    assert address(lab, "host19999.example") == "10.0.78.31"


@pytest.mark.lanlord_only("it reads first")
@pytest.mark.parametrize("how", ["SIGHUP", "reload"])
@pytest.mark.parametrize("after", [0.0, 0.1, 0.4])
def test_sigterm_ends_a_server_that_reads(lab, how, after):
    hosts = lab.dir / "hosts"
    many_hosts(hosts, 200_000)
    start(lab, f"addn-hosts={hosts}\nblock-list={hosts}\n")
    lab.wait_log("read block list", timeout=60)
    asks = None
    if how == "SIGHUP":
        hup(lab)
    else:
        asks = subprocess.Popen(lab.server_command("reload"), stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, text=True)
    time.sleep(after)
    assert lab.stop() == 0          # with sanitizers: and nothing was used that was gone
    if asks:
        asks.communicate(timeout=5)


@pytest.mark.lanlord_only("it takes what it got")
def test_a_file_that_is_read_halfway_changes_nothing(lab, client):
    """Another program's memory can be opened, and not be read."""
    hosts, other, reserved = lab.dir / "hosts", lab.dir / "other", lab.dir / "reserved"
    hosts.write_text("192.0.2.1 first.lan\n")
    other.write_text("192.0.2.2 other.lan\n")
    reserved.write_text(f"{client.mac},10.77.0.42\n")
    start(lab, RANGE + f"addn-hosts={hosts}\naddn-hosts={other}\ndhcp-hostsfile={reserved}\n")
    lab.wait_log(f"read {reserved}")
    hosts.unlink()
    hosts.symlink_to("/proc/self/mem")
    other.write_text("192.0.2.3 newer.lan\n")
    reserved.write_text(f"{client.mac},10.77.0.43\n")
    hup(lab)
    lab.wait_log(f"failed to load names from {hosts}: Input/output error")
    lab.wait_log("a file could not be read to its end: what was known before is kept, of all files")
    assert [address(lab, name) for name in ("first.lan", "other.lan", "newer.lan")] \
        == ["192.0.2.1", "192.0.2.2", None]
    assert client.discover().yiaddr == "10.77.0.42"
    refused = word(lab, "reload")
    assert refused.returncode != 0 and "the configuration before still serves" in refused.stdout \
        + refused.stderr
    hosts.unlink()
    hosts.write_text("192.0.2.4 first.lan\n")
    hup(lab)
    wait_for("all of it", lambda: address(lab, "first.lan") == "192.0.2.4")
    assert address(lab, "newer.lan") == "192.0.2.3"
    assert client.discover().yiaddr == "10.77.0.43"


@pytest.mark.parametrize("program", [lab_module.SERVER, lab_module.DNSMASQ],
                         ids=["the server", "dnsmasq"])
def test_what_a_sighup_reads_is_told_in_the_order_of_dnsmasq(lab, program):
    lab.program = program
    files = [lab.dir / name for name in ("hosts", "more", "reserved", "options")]
    for file, text in zip(files, ("192.0.2.1 a.lan\n", "192.0.2.2 b.lan\n",
                                  "02:00:00:00:00:01,10.77.0.42\n", "option:mtu,1400\n")):
        file.write_text(text)
    start(lab, RANGE + f"addn-hosts={files[0]}\naddn-hosts={files[1]}\n"
          f"dhcp-hostsfile={files[2]}\ndhcp-optsfile={files[3]}\n")
    wait_for("the first reading", lambda: lines_with(lab, str(files[3])))
    before = len(lab.log_lines())
    hup(lab)
    wait_for("the second", lambda: f"dhcp: read {files[3]}" in lab.log_lines()[before:])
    assert lab.log_lines()[before:] == [f": read {files[1]} - 1 names", f": read {files[0]} - 1 names",
                                        f"dhcp: read {files[2]}", f"dhcp: read {files[3]}"]


@pytest.mark.lanlord_only("it has no word for that")
def test_who_asks_for_a_reload_during_another_is_told_of_the_next(lab):
    hosts = lab.dir / "hosts"
    many_hosts(hosts, 100_000)
    start(lab, f"addn-hosts={hosts}\n")
    asked = []
    for _ in range(3):
        asked.append(subprocess.Popen(lab.server_command("reload"), stdout=subprocess.PIPE,
                                      text=True))
        time.sleep(0.1)
    told = [one.communicate(timeout=20)[0] for one in asked]
    assert all("serves" in text for text in told), told
    assert told[0] != told[2], told
    assert address(lab, "last.lan") == "192.0.2.1"


@pytest.mark.lanlord_only("it counts otherwise")
def test_the_serial_of_a_zone_grows_with_each_reading(lab):
    folder = lab.dir / "hosts.d"
    folder.mkdir()
    (folder / "a").write_text("192.0.2.1 a.zone.example\n")
    start(lab, f"hostsdir={folder}\nauth-server=ns.example,br0\nauth-zone=zone.example,192.0.2.0/24\n")

    def serial():
        with lab_module.inside(lab.namespace):
            said = dns_text.ask("zone.example SOA", (lab_module.SERVER_IP, 53), timeout=5)
        return next((int(line.split()[6]) for line in said if " SOA " in line), None)

    serials = [serial()]
    for i, how in enumerate(["hostsdir", "hostsdir", "SIGHUP", "hostsdir", "SIGHUP"]):
        if how == "SIGHUP":
            hup(lab)
        else:
            (folder / "a").write_text(f"192.0.2.{i + 10} a.zone.example\n")
        wait_for("another serial", lambda: serial() != serials[-1])
        serials.append(serial())
    assert serials == sorted(set(serials))


@pytest.mark.lanlord_only("it cannot reload")
def test_a_script_is_told_of_leases_after_a_reload(lab, client):
    """What it is told by is the configuration that serves."""
    told = lab.dir / "told"
    script = lab.dir / "script"
    script.write_text(f"#!/bin/sh\necho \"$@\" $DNSMASQ_DOMAIN >> {told}\n")
    script.chmod(0o755)
    told.touch(0o666)
    os.chmod(told, 0o666)
    conf = RANGE + f"dhcp-script={script}\ndomain="
    start(lab, conf + "old.example\n")
    (lab.dir / "conf").write_text((lab.dir / "conf").read_text().replace("old.", "new."))
    assert word(lab, "reload").returncode == 0
    mine = client.lease([(12, b"box")]).yiaddr
    wait_for("the script", lambda: f"add {client.mac} {mine} box new.example" in told.read_text())
