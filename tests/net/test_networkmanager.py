# SPDX-License-Identifier: ISC
"""The real NetworkManager shares a connection: the dnsmasq that it runs is the one under test.

NetworkManager, its bus and its dnsmasq live in namespaces of their own, on an overlay where
`make install DROPIN=1` has put lanlord into dnsmasq's place.  /sys is read-only: by that
NetworkManager knows that there is no udev to wait for.
"""

import os
import pathlib
import socket
import struct
import subprocess

import pytest

import lab as lab_module
from lab import enter, inside, ip, wait_for
from machine import Machine
from test_dhcp_clients import Script

ADDRESS = "10.77.42.1"
LEASES = "/var/lib/NetworkManager/dnsmasq-lan0.leases"

MAIN = """[main]
plugins=keyfile
auth-polkit=false
dns=none
no-auto-default=*
firewall-backend=none
[keyfile]
unmanaged-devices=*,except:interface-name:lan0
"""

SHARED = f"""[connection]
id=shared
uuid=7f4f1d1e-5a2c-4b8e-9a51-5b7f6f6b0001
type=ethernet
interface-name=lan0
[ipv4]
method=shared
address1={ADDRESS}/24
[ipv6]
method=disabled
"""

# NetworkManager is the first process of its namespace: when it ends, so does all that it started.
START = f"""set -e
mount -t sysfs -o ro sysfs /sys
mkdir -p /run/dbus /var/lib/NetworkManager
cd /etc/NetworkManager
rm -f conf.d/* /usr/lib/NetworkManager/conf.d/*
mkdir -p system-connections dnsmasq-shared.d
printf '%s\n' "$@" >dnsmasq-shared.d/more.conf
cat >NetworkManager.conf <<'END'
{MAIN}END
cat >system-connections/shared.nmconnection <<'END'
{SHARED}END
chmod 600 system-connections/*
dbus-daemon --system --fork --nopidfile
exec NetworkManager --debug
"""


class Sharing:
    """lan0 in the server's namespace, shared by NetworkManager; behind it a switch for clients."""

    def __init__(self, lab, machine, *more):
        """MORE are lines for the folder where people tell NetworkManager's dnsmasq more."""
        self.lab = lab
        self.machine = machine
        ip("addr flush dev br0", "link add lan0 type veth peer name p0",
           "link set p0 master br0 up", namespace=lab.namespace)
        subprocess.run([*enter(lab.namespace), "ethtool", "-K", "lan0", "tx", "off"], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with open(lab.log_file, "ab") as log:
            lab.processes.append(subprocess.Popen(
                [*enter(lab.namespace), *machine.command("unshare", "--pid", "--fork",
                 "--kill-child", "--mount-proc", "sh", "-c", START, "sh", *more)],
                stdout=log, stderr=log, stdin=subprocess.DEVNULL))

    def pids(self, name):
        """The processes here whose first argument ends in NAME."""
        listed = subprocess.run(["ip", "netns", "pids", self.lab.namespace], check=True,
                                capture_output=True, text=True).stdout.split()
        return [int(pid) for pid in listed if self.argv0(pid) == name]

    @staticmethod
    def argv0(pid):
        try:
            command = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()
        except (FileNotFoundError, ProcessLookupError):  # gone, or going
            return None
        return os.path.basename(command.split(b"\0")[0].decode())

    def dnsmasq(self, not_pid=None):
        """The one that NetworkManager runs."""
        def only():
            pids = self.pids("dnsmasq")
            return pids[0] if len(pids) == 1 and pids[0] != not_pid else None

        return wait_for("NetworkManager's dnsmasq", only, 20)

    def nmcli(self, *words):
        """NetworkManager asks /proc who speaks to it, so this speaks from within."""
        inner = self.pids("NetworkManager")[0]
        subprocess.run(["nsenter", f"--target={inner}", "--mount", "--pid", "--net",
                        "--root", "--wd", "nmcli", "--wait", "20", *words], check=True)


@pytest.fixture
def share(lab):
    """Has NetworkManager share lan0."""
    machine = Machine()
    try:
        if not lab_module.server_is_dnsmasq():
            machine.make("install", DROPIN=1)
        yield lambda *more: Sharing(lab, machine, *more)
    finally:
        # Processes first: they hold what the machine is made of.
        for process in lab.processes:
            process.kill()
            process.wait()
        machine.close()


def connect(host, name):
    """udhcpc gets an address; what it was told with it."""
    script = Script(host)
    host.start("udhcpc", "-f", "-t", 10, "-T", 2, "-i", "eth0", "-s", script.path,
               "-x", f"hostname:{name}", "-O", "ntpsrv")
    return script.wait("bound")


def address_of(host, name):
    """The A record that the shared connection's server has for a name."""
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    question = struct.pack(">6H", 0x1234, 0x0100, 1, 0, 0, 0) + labels + b"\0\0\1\0\1"
    with inside(host.namespace), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(5)
        s.sendto(question, (ADDRESS, 53))
        answer = s.recv(512)
    count = struct.unpack(">H", answer[6:8])[0]
    return socket.inet_ntoa(answer[-4:]) if count == 1 else None


def leases(sharing):
    return [line.split() for line in sharing.machine.run("cat", LEASES).stdout.splitlines()]


def test_a_client_of_a_shared_connection_gets_an_address_and_a_name(share):
    sharing = share("dhcp-option=option:ntp-server,10.77.42.9")
    pid = sharing.dnsmasq()
    parent = int(pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
    assert parent in sharing.pids("NetworkManager")
    version = sharing.machine.must("dnsmasq", "--version")
    assert ("lanlord" in version) != lab_module.server_is_dnsmasq()

    host = sharing.lab.host()
    told = connect(host, "laptop")
    assert told["ip"].startswith("10.77.42.")
    want = {"mask": "24", "router": ADDRESS, "dns": ADDRESS, "serverid": ADDRESS, "lease": "3600",
            "ntpsrv": "10.77.42.9"}
    assert {key: told.get(key) for key in want} == want
    line = wait_for("the lease's line", lambda: next(
        (l for l in leases(sharing) if l[1] == host.mac), None))
    assert line[2:] == [told["ip"], "laptop", f"01:{host.mac}"]
    assert address_of(host, "laptop") == told["ip"]


def test_a_lease_outlives_the_shared_connection(share):
    sharing = share()
    first = sharing.dnsmasq()
    address = connect(sharing.lab.host(), "laptop")["ip"]
    sharing.nmcli("connection", "down", "shared")
    wait_for("its end", lambda: not sharing.pids("dnsmasq"))
    assert [line[2:4] for line in leases(sharing)] == [[address, "laptop"]]

    sharing.nmcli("connection", "up", "shared")
    sharing.dnsmasq(not_pid=first)
    other = connect(sharing.lab.host(), "phone")["ip"]
    wait_for("both leases", lambda: sorted(line[2:4] for line in leases(sharing)) == sorted(
        [[address, "laptop"], [other, "phone"]]))
