# SPDX-License-Identifier: ISC
"""The DHCP clients that people run, each through its whole life with us."""

import signal
import time

from lab import unshare, wait_for

CONF = """
dhcp-range=10.77.0.100,10.77.0.199,1h
dhcp-authoritative
no-ping
domain=lan.example
dhcp-option=option:ntp-server,10.77.0.5
dhcp-option=option:dns-server,10.77.0.6,10.77.0.7
dhcp-host=02:00:00:77:01:01,10.77.0.42
"""

# Notes what it is told in files named for the event.
NOTE = """#!/bin/sh
event=${reason:-$1}
env >"$0.$event.new"
mv "$0.$event.new" "$0.$event"
"""

# Does what a real one would do, before it notes it.
CONFIGURE = """#!/bin/sh
case ${reason:-$1} in
deconfig | PREINIT) ip addr flush dev eth0 ;;
bound | renew) ip addr replace "$ip/$mask" dev eth0 ;;
BOUND | RENEW | REBIND | REBOOT)
	ip addr replace "$new_ip_address/24" dev eth0 ;;
esac
""" + NOTE.removeprefix("#!/bin/sh\n")


class Script:
    """What the client calls at each event, and what it was told."""

    def __init__(self, host, text=CONFIGURE):
        self.path = host.dir / "script"
        self.path.write_text(text)
        self.path.chmod(0o755)

    def wait(self, *events):
        """The environment of the first of these events, once it has happened."""
        def happened():
            return next((p for e in events if (p := self._file(e)).exists()), None)

        path = wait_for(f"event {' or '.join(events)}", happened, 15)
        return dict(line.split("=", 1) for line in path.read_text().splitlines() if "=" in line)

    def forget(self, *events):
        for event in events:
            self._file(event).unlink(missing_ok=True)

    def _file(self, event):
        return self.path.with_name(f"script.{event}")


def lease_is_gone(lab, mac):
    wait_for("the lease's end in the file", lambda: mac not in [l[1] for l in lab.leases()], 3)


def acks_logged(lab, mac, name):
    return lab.log_lines().count(f"dhcp: DHCPACK(br0) 10.77.0.42 {mac} {name}")


def test_udhcpc_gets_renews_and_releases_an_address(lab):
    lab.start(CONF)
    host = lab.host()
    script = Script(host)
    udhcpc = host.start("udhcpc", "-f", "-R", "-t", 3, "-T", 1, "-i", "eth0", "-s", script.path,
                        "-x", "hostname:printer")
    bound = script.wait("bound")
    assert {key: bound.get(key) for key in
            ("ip", "mask", "subnet", "broadcast", "router", "serverid", "lease", "domain",
             "hostname", "dns", "ntpsrv", "opt53", "opt58", "opt59")} == {
        "ip": "10.77.0.42", "mask": "24", "subnet": "255.255.255.0", "broadcast": "10.77.0.255",
        "router": "10.77.0.1", "serverid": "10.77.0.1", "lease": "3600", "domain": "lan.example",
        "hostname": "printer", "dns": "10.77.0.6 10.77.0.7", "ntpsrv": "10.77.0.5", "opt53": "05",
        "opt58": "00000708", "opt59": "00000c4e"}
    lease = lab.lease_of(host.mac)
    assert lease[2:] == ["10.77.0.42", "printer", f"01:{host.mac}"]

    # udhcpc 1.35 still holds its sending socket for an instant and may lose a very fast answer
    # there; it then asks again, by broadcast.
    udhcpc.send_signal(signal.SIGUSR1)
    assert script.wait("renew")["ip"] == "10.77.0.42"
    assert acks_logged(lab, host.mac, "printer") >= 2

    udhcpc.send_signal(signal.SIGUSR2)
    lab.wait_log(f"DHCPRELEASE(br0) 10.77.0.42 {host.mac}")
    lease_is_gone(lab, host.mac)


def test_dhclient_gets_keeps_and_releases_an_address(lab):
    lab.start(CONF)
    host = lab.host()
    script = Script(host)
    (host.dir / "conf").write_text(
        'send host-name "scanner";\n'
        "request subnet-mask, broadcast-address, routers, domain-name, domain-name-servers,"
        " ntp-servers;\n")
    (host.dir / "dhclient.leases").touch()
    dhclient = ("dhclient", "-4", "-cf", host.dir / "conf", "-lf", host.dir / "dhclient.leases",
                "-pf", host.dir / "pid", "-sf", script.path)
    assert host.run(*dhclient, "-1", "eth0").returncode == 0
    bound = script.wait("BOUND")
    assert {key[4:]: value for key, value in bound.items() if key.startswith("new_")
            and key not in ("new_expiry", "new_next_server", "new_network_number")} == {
        "ip_address": "10.77.0.42", "subnet_mask": "255.255.255.0",
        "broadcast_address": "10.77.0.255", "routers": "10.77.0.1", "domain_name": "lan.example",
        "domain_name_servers": "10.77.0.6 10.77.0.7", "ntp_servers": "10.77.0.5",
        "dhcp_lease_time": "3600", "dhcp_message_type": "5",
        "dhcp_server_identifier": "10.77.0.1", "dhcp_renewal_time": "1800",
        "dhcp_rebinding_time": "3150"}
    assert lab.lease_of(host.mac)[2:] == ["10.77.0.42", "scanner", "*"]

    # Stopped without a release and started again, it asks for what it had (INIT-REBOOT).
    assert host.run(*dhclient, "-x", "eth0").returncode == 0
    assert host.run(*dhclient, "-1", "eth0").returncode == 0
    assert script.wait("REBOOT")["new_ip_address"] == "10.77.0.42"
    assert acks_logged(lab, host.mac, "scanner") >= 2

    assert host.run(*dhclient, "-r", "eth0").returncode == 0
    lab.wait_log(f"DHCPRELEASE(br0) 10.77.0.42 {host.mac}")
    lease_is_gone(lab, host.mac)


def test_dhcpcd_gets_rebinds_and_releases_an_address(lab):
    lab.start(CONF)
    host = lab.host()
    script = Script(host, NOTE)  # dhcpcd sets its addresses itself
    conf = host.dir / "conf"
    conf.write_text("noarp\nnoipv4ll\nipv4only\nhostname camera\nclientid\n"
                    "option domain_name, domain_name_servers, ntp_servers, routers\n")
    # Its folders are the machine's; it gets its own.
    dhcpcd = host.start(*unshare("--mount"), "sh", "-c",
                        "mount -t tmpfs none /run && mount -t tmpfs none /var/lib/dhcpcd"
                        f" && exec dhcpcd -B -f {conf} -c {script.path} eth0")
    bound = script.wait("BOUND")
    assert {key: bound.get(f"new_{key}") for key in
            ("ip_address", "subnet_mask", "broadcast_address", "routers", "domain_name",
             "domain_name_servers", "ntp_servers", "dhcp_lease_time", "dhcp_server_identifier")} == {
        "ip_address": "10.77.0.42", "subnet_mask": "255.255.255.0",
        "broadcast_address": "10.77.0.255", "routers": "10.77.0.1", "domain_name": "lan.example",
        "domain_name_servers": "10.77.0.6 10.77.0.7", "ntp_servers": "10.77.0.5",
        "dhcp_lease_time": "3600", "dhcp_server_identifier": "10.77.0.1"}
    assert lab.lease_of(host.mac)[2:] == ["10.77.0.42", "camera", f"01:{host.mac}"]

    # On SIGHUP it asks for the same address again; the reason it gives has changed over versions.
    # (dhcpcd 9.4 hangs when a signal comes while it waits for its script, hence the pauses.)
    again = ("REBIND", "RENEW", "REBOOT")
    time.sleep(0.5)
    script.forget(*again)
    dhcpcd.send_signal(signal.SIGHUP)
    assert script.wait(*again)["new_ip_address"] == "10.77.0.42"
    assert acks_logged(lab, host.mac, "camera") >= 2

    time.sleep(0.5)
    dhcpcd.send_signal(signal.SIGALRM)
    lab.wait_log(f"DHCPRELEASE(br0) 10.77.0.42 {host.mac}")
    lease_is_gone(lab, host.mac)


def test_two_real_clients_on_one_wire_get_two_addresses(lab):
    lab.start("dhcp-range=10.77.0.100,10.77.0.199,1h\nno-ping")
    hosts = [lab.host() for _ in range(3)]
    scripts = [Script(host) for host in hosts]
    for host, script in zip(hosts, scripts):
        host.start("udhcpc", "-f", "-t", 3, "-T", 1, "-i", "eth0", "-s", script.path)
    addresses = [script.wait("bound")["ip"] for script in scripts]
    assert len(set(addresses)) == 3
    for host, address in zip(hosts, addresses):
        assert lab.lease_of(host.mac)[2:4] == [address, "*"]
        others = [a for a in addresses if a != address]
        assert host.run("busybox", "ping", "-c", 1, "-W", 2, others[0]).returncode == 0
