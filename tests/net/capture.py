#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Captures what real clients say, for tests/corpus/pcap; tests/corpus/clients.txt tells of it.

    LANLORD=build/lanlord /usr/bin/python3 tests/net/capture.py FOLDER

Each client runs in a namespace of its own until it has an address.
"""

import pathlib
import signal
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from lab import Lab, enter, wait_for

CONF = "dhcp-range=10.77.0.100,10.77.0.199,1h\ndhcp-authoritative\nno-ping\n"
NETWORKD = """[Match]
Name=eth0
[Network]
DHCP=ipv4
LinkLocalAddressing=no
[DHCPv4]
Hostname=lamp
"""
CLIENTS = {
    "udhcpc": "udhcpc -f -n -q -i eth0 -s /bin/true -x hostname:printer",
    "dhclient": "touch leases && dhclient -4 -d -1 -cf /dev/null -lf leases -pf pid -sf /bin/true eth0",
    "dhcpcd": "mount -t tmpfs none /run && mount -t tmpfs none /var/lib/dhcpcd &&"
              " dhcpcd -4 -B -f /dev/null -c /bin/true --noarp --noipv4ll eth0",
    # With /sys read-only it does not wait for udev.
    "systemd-networkd": "mount --bind /sys /sys && mount -o remount,bind,ro /sys && mount -t tmpfs none /run && mkdir -p /run/systemd/network /run/systemd/netif &&"
                        " cp eth0.network /run/systemd/network/ &&"
                        " chmod -R a+rX /run/systemd && chown -R systemd-network:systemd-network /run/systemd/netif &&"
                        " exec /lib/systemd/systemd-networkd",
}


def has_lease(lab, host):
    return any(line[1] == host.mac for line in lab.leases())


def capture(lab, name, command, folder):
    host = lab.host()
    (host.dir / "eth0.network").write_text(NETWORKD)
    path = folder / f"{name}.pcap"
    dump = subprocess.Popen([*enter(lab.namespace), "tcpdump", "-U", "--immediate-mode", "-i", f"p{len(lab.hosts)}", "-w", path,
                             "-Z", "root", "udp and src port 68"], stderr=subprocess.DEVNULL)
    wait_for("the capture's start", lambda: path.exists() and path.stat().st_size >= 24)
    time.sleep(0.3)
    client = host.start("unshare", "--mount", "sh", "-c", command)
    try:
        wait_for(f"a lease of {name}", lambda: has_lease(lab, host), 20)
        time.sleep(0.5)
    finally:
        client.send_signal(signal.SIGKILL)
        dump.send_signal(signal.SIGINT)
        dump.wait()
        print(name, host.mac, path.stat().st_size, host.output()[-600:], sep="\n")


def main():
    folder = pathlib.Path(sys.argv[1])
    lab = Lab()
    try:
        lab.start(CONF)
        for name, command in CLIENTS.items():
            if len(sys.argv) < 3 or name in sys.argv[2:]:
                capture(lab, name, command, folder)
    finally:
        lab.close()


main()
