# SPDX-License-Identifier: ISC
"""New leases by perfdhcp: every client is a new one, and takes its lease in four messages."""

import json
import re

import servers

PEERS = ["lanlord", "dnsmasq", "kea"]
USES = [*PEERS, "perfdhcp"]
RANGE = ("port=0\nquiet-dhcp\nno-ping\ndhcp-range=10.76.0.2,10.76.255.250,255.255.0.0,1h\n"
         "dhcp-lease-max=100000\ndhcp-leasefile={dir}/leases\n")
KEA = json.dumps({"Dhcp4": {
    "interfaces-config": {"interfaces": ["br0"]},
    "lease-database": {"type": "memfile", "persist": True, "name": "{dir}/leases.csv"},
    "valid-lifetime": 3600,
    "subnet4": [{"subnet": "10.76.0.0/16", "pools": [{"pool": "10.76.0.2-10.76.255.250"}]}],
    "loggers": [{"name": "kea-dhcp4", "severity": "INFO", "output_options": [{"output": "stdout"}]},
                {"name": "kea-dhcp4.leases", "severity": "WARN"}],
}})


def _how(name):
    if name != "kea":
        return servers.like_dnsmasq(name, RANGE)
    return {"files": {"conf": KEA}, "ready": "DHCP4_STARTED",
            "command": [servers.PROGRAMS["kea"][0], "-c", "{dir}/conf"],
            "environment": {"KEA_PIDFILE_DIR": "/tmp", "KEA_LOCKFILE_DIR": "none"}}


def _leases(table, name, rate, seconds):
    """Leases a second, and the server's CPU microseconds for each."""
    server = servers.Server(name, _how(name), address="10.76.0.1/16")
    try:
        table.configured(server)
        host = server.lab.host(address="10.76.255.254/16")
        server.mark()
        out = host.run(*servers.LOAD_CORE, "perfdhcp", "-4", "-l", "eth0", "-r", rate,
                       "-p", seconds, "-R", rate * seconds * 2, "-W", 1, text=True,
                       timeout=seconds + 60).stdout
        acks = int(re.findall(r"received packets: (\d+)", out)[1])
        if not acks:
            raise SystemExit(f"bench: {name} gave no lease:\n{out}\n{server.lab.log()[-2000:]}")
        return acks / seconds, server.spent_s() / acks * 1e6
    finally:
        server.close()


def run(table):
    for rate, seconds in ((100, 8), (5000, 6)):
        table.show(f"DHCP, new leases: {rate} clients come a second, for {seconds} s", "leases/s",
                   "us CPU/lease",
                   {name: _leases(table, name, rate, seconds) for name in PEERS})
