# SPDX-License-Identifier: ISC
"""SIGUSR1: what is told of names that are answered here, of servers and of zones."""

import re
import signal
import time

from dns_net import FORWARD, UP

CONF = """
log-queries
host-record=box.lan,b.lan,192.0.2.2,fd00::2
cname=alias.lan,h1.lan
address=/block.example/192.0.2.3
server=/foo.example/192.0.2.53#5353
txt-record=t.lan,x
dhcp-range=10.77.0.100,10.77.0.199,1h
domain=lan.example
addn-hosts={folder}/hosts
"""
HOSTS = "10.9.0.1 h1.lan h1\nfd00::1 h6.lan\n"


def told(net, until):
    net.lab.server.send_signal(signal.SIGUSR1)
    net.lab.wait_log(until)
    return [line.removeprefix(": ") for line in net.lab.log_lines()]


def start(net):
    (net.lab.dir / "hosts").write_text(HOSTS)
    net.lab.lease_file.write_text(f"{int(time.time()) + 3000} 02:00:00:00:00:01 10.77.0.100 printer *\n")
    net.start(FORWARD + CONF.format(folder=net.lab.dir))


def rows(lines):
    """(host, value, flags, source, has it an end) of the table; dnsmasq's own marks are left out."""
    at = next(i for i, line in enumerate(lines) if line.startswith("------"))
    for line in lines[at + 1:]:
        if len(line) < 75 or line[72] == "!":
            continue
        yield (line[:30].strip(), line[31:71].strip(), line[72:82].rstrip(), line[108:].strip(),
               bool(re.search(r"\d\d:\d\d:\d\d", line[83:107])))


def test_the_table_has_names_of_the_configuration_of_hosts_files_and_of_leases(net):
    start(net)
    hosts = f"{net.lab.dir}/hosts"
    assert sorted(rows(told(net, "printer.lan.example "))) == sorted([
        ("box.lan", "192.0.2.2", "4FRI   HC", "config", False),
        ("box.lan", "fd00::2", "6FRI   HC", "config", False),
        ("b.lan", "192.0.2.2", "4F I   HC", "config", False),
        ("b.lan", "fd00::2", "6F I   HC", "config", False),
        ("alias.lan", "h1.lan", "CF I    C", "", False),
        ("h1.lan", "10.9.0.1", "4FRI   H", hosts, False),
        ("h1", "10.9.0.1", "4F I   H", hosts, False),
        ("h6.lan", "fd00::1", "6FRI   H", hosts, False),
        ("printer", "10.77.0.100", "4F  D", "", True),
        ("printer.lan.example", "10.77.0.100", "4FR D", "", True)])


def test_servers_that_were_never_asked_and_zones_are_counted_too(net):
    start(net)
    net.asker.udp("n1.wild.example")
    lines = told(net, "server 192.0.2.53#5353: queries")
    server = "queries sent {}, retried 0, failed 0, nxdomain replies 0, avg. latency "
    assert "queries for authoritative zones 0" in lines
    assert any(line.startswith(f"server {UP}#53: " + server.format(1)) for line in lines), lines
    assert f"server 192.0.2.53#5353: {server.format(0)}0ms" in lines
