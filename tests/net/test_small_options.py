# SPDX-License-Identifier: ISC
"""Options of one effect each, which no other test shows: of DHCP, TFTP and the process.

LANLORD=/usr/sbin/dnsmasq runs what dnsmasq has.
"""

import pwd
import re
import signal
import subprocess

import pytest

from dns_client import Asker
from lab import wait_for
from packets import Client, Wire
from tftp import DATA, OACK, Tftp

RANGE = "dhcp-range=10.77.0.100,10.77.0.199,1h\nno-ping\n"
REQUEST = b"\0\1b\0octet\0"


def tftp_answers(host):
    with Tftp(host) as tftp:
        tftp.send(REQUEST, port=69)
        try:
            return tftp.receive(timeout=0.3).kind == DATA
        except TimeoutError:
            return False


@pytest.mark.parametrize("lines, dhcp, tftp", [
    ("no-dhcpv4-interface=br0\n", False, True), ("no-dhcpv4-interface=br*\n", False, True),
    ("no-dhcpv6-interface=br0\n", True, True), ("no-dhcp-interface=br0\n", False, False),
    ("no-dhcpv4-interface=br0\nno-dhcpv6-interface=br0\n", False, True),
    ("no-dhcpv4-interface=br1\n", True, True)])
def test_where_dhcp_of_either_family_is_left_out(lab, lines, dhcp, tftp):
    """TFTP goes with no-dhcp-interface alone."""
    (lab.dir / "b").write_bytes(b"x" * 600)
    lab.start(RANGE + f"enable-tftp\ntftp-root={lab.dir}\n" + lines)
    host = lab.host(address="10.77.0.9/24")
    wire = Wire(host)
    assert (Client(wire, 1).discover(timeout=2 if dhcp else 0.3) is not None) == dhcp
    assert tftp_answers(host) == tftp
    wire.close()


@pytest.mark.parametrize("option", ["dhcp-leasefile", "dhcp-lease"])
def test_leases_are_told_in_the_file_that_is_named(lab, option):
    folder = lab.dir / "own"
    folder.mkdir()
    (lab.dir / "conf").write_text(f"port=0\ninterface=br0\n{option}={folder}/other\n{RANGE}")
    lab.start()
    wire = Wire(lab.host())
    client = Client(wire, 1)
    address = client.lease().yiaddr
    wait_for("the lease", lambda: f"{client.mac} {address} " in (folder / "other").read_text(), 3)
    assert not lab.lease_file.exists()
    wire.close()


# --- TFTP -------------------------------------------------------------------------------------------

@pytest.mark.lanlord_only("what is too much is dropped there, and its client asks again")
def test_tftp_max_transfers_run_and_further_requests_wait(lab):
    (lab.dir / "b").write_bytes(b"x" * 600)
    lab.start(f"enable-tftp\ntftp-root={lab.dir}\ntftp-max=1\n")
    host = lab.host(address="10.77.0.9/24")
    with Tftp(host) as first, Tftp(host) as second:
        begun = first.request(b"b")
        second.send(REQUEST, port=69)
        with pytest.raises(TimeoutError):
            second.receive(timeout=0.3)
        assert first.rest(begun) == b"x" * 600
        assert second.rest(second.receive(timeout=3)) == b"x" * 600


@pytest.mark.lanlord_only("it agrees to no timeout at all")
@pytest.mark.parametrize("line, granted", [("", {b"timeout": b"3", b"tsize": b"600"}),
                                           ("tftp-no-timeout\n", {b"tsize": b"600"})])
def test_tftp_no_timeout_agrees_to_none(lab, line, granted):
    (lab.dir / "b").write_bytes(b"x" * 600)
    lab.start(f"enable-tftp\ntftp-root={lab.dir}\n" + line)
    with Tftp(lab.host(address="10.77.0.9/24")) as tftp:
        answer = tftp.request(b"b", timeout=3, tsize=0)
        assert (answer.kind, answer.options) == (OACK, granted)
        tftp.acknowledge(0)
        assert tftp.receive().kind == DATA


# --- what is logged of questions: forms newer than dnsmasq 2.90, by its manual ------------------------

def logged(lab, name):
    """All that was logged of a name, once the server has ended."""
    lab.stop()
    return [re.sub(r"^: ", "", line) for line in lab.log_lines() if name in line]


@pytest.mark.lanlord_only("2.90 knows neither proto nor auth")
def test_log_queries_proto_tells_udp_or_tcp(net):
    net.start("log-queries=proto\nhost-record=box.lan,10.77.0.9\n")
    net.asker.udp("box.lan")
    net.asker.tcp("box.lan")
    lines = [re.sub(r"/\d+ ", "/PORT ", line) for line in logged(net.lab, "box.lan")]
    assert lines == [f"{way} {number} 10.77.0.2/PORT {text}" for number, way in ((1, "UDP"), (2, "TCP"))
                     for text in ("query[A] box.lan from 10.77.0.2", "config box.lan is 10.77.0.9")]


@pytest.mark.lanlord_only("2.90 knows neither proto nor auth")
def test_log_queries_auth_tells_what_strangers_ask_alone(net):
    net.lab.bridge_add("br1", "10.78.0.1/24")
    far = Asker(net.lab.host("br1", address="10.78.0.2/24"), "10.78.0.1")
    net.start("log-queries=auth\nauth-server=ns.example,br1\nauth-zone=zone.test\nauth-soa=7\n"
              "host-record=a.zone.test,192.0.2.1\n")
    net.asker.udp("a.zone.test")
    far.udp("a.zone.test")
    far.udp("other.test")
    assert logged(net.lab, ".test") == ["auth[A] a.zone.test from 10.78.0.2",
                                        "config 192.0.2.1 is a.zone.test",
                                        "auth[A] other.test from 10.78.0.2"]


# --- the process ------------------------------------------------------------------------------------

def uids(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return set(re.search(r"^Uid:\s*(.*)$", status.read(), re.M)[1].split())


@pytest.mark.parametrize("how", ["--keep-in-foreground", "-k", "keep-in-foreground",
                                 "--no-daemon", "-d", "no-daemon"])
def test_in_the_foreground_and_in_debug_mode(lab, how):
    """Debug mode keeps its user and writes no pid file, and tells stderr what it tells the log."""
    debug = how in ("--no-daemon", "-d", "no-daemon")
    user = "root" if debug else "nobody"
    run = lab.dir / "run"
    run.mkdir()
    run.chmod(0o777)
    pid_file = run / "pid"
    path = lab.conf_write(RANGE + f"pid-file={pid_file}\n" + ("" if how[0] == "-" else how + "\n"))
    args = [how] if how[0] == "-" else []
    process = subprocess.Popen(lab.server_command("-C", path, *args, f"--log-facility={run}/log"),
                               stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    lab.processes.append(process)
    wait_for("the start", lambda: (run / "log").exists()
             and "started, version" in (run / "log").read_text())
    wait_for("its user", lambda: uids(process.pid) == {str(pwd.getpwnam(user).pw_uid)}, 3)
    assert process.poll() is None
    if debug:
        assert not pid_file.exists()
    else:
        assert int(pid_file.read_text()) == process.pid
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=5) == 0
    said = process.stderr.read()
    assert bool(re.search(r"^dnsmasq: started, version ", said, re.M)) == debug, said
    assert not pid_file.exists()
