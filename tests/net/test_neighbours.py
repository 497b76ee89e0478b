# SPDX-License-Identifier: ISC
"""add-mac: whose hardware address a question takes along, as neighbours come, change and go."""

import itertools
import subprocess

import pytest

from dns_net import FORWARD, word
from lab import SERVER_IP, ip, wait_for

RTMGRP_NEIGH = 0x4
OTHER = "02:00:00:77:01:99"


def told(net, name):
    """The hardware address that upstream hears of with a question."""
    net.asker.udp(name)
    seen = net.upstream.asked(name)
    return dict(seen[0].edns[3]).get(65001) if seen and seen[0].edns else None


def followers(net):
    """Sockets of the server that hear of neighbours."""
    lines = subprocess.run(["ip", "netns", "exec", net.lab.namespace, "cat", "/proc/net/netlink"],
                           capture_output=True, text=True, check=True).stdout.splitlines()[1:]
    return sum(bool(int(line.split()[3], 16) & RTMGRP_NEIGH) for line in lines)


@pytest.mark.lanlord_only("it goes on with the old one for a while")
def test_a_client_that_changes_its_hardware_address_is_told_by_the_new_one(net):
    net.start(FORWARD + "add-mac\n")
    assert told(net, "n1.wild.example") == net.host.mac.replace(":", "")
    assert told(net, "n2.wild.example") == net.host.mac.replace(":", "")
    net.host.run("ip", "link", "set", "eth0", "address", OTHER)
    ip("neighbour flush dev br0", namespace=net.lab.namespace)
    names = itertools.count(10)
    wait_for("the new address", lambda: told(net, f"n{next(names)}.wild.example")
             == OTHER.replace(":", ""))


def test_a_client_that_is_nobodys_neighbour_is_told_by_none(net):
    net.start(FORWARD + "add-mac\n")
    assert told(net, "n1.wild.example") is not None
    ip("addr add 10.88.0.9/32 dev lo", namespace=net.lab.namespace)
    own = subprocess.run(["ip", "netns", "exec", net.lab.namespace, "dig", "+short", "+tries=1",
                          "-b", "10.88.0.9", f"@{SERVER_IP}", "n2.wild.example"],
                         capture_output=True, text=True, check=True)
    assert own.stdout.strip() == "192.0.2.16"
    seen, = net.upstream.asked("n2.wild.example")
    assert not seen.edns or not dict(seen.edns[3]).get(65001)


@pytest.mark.lanlord_only("it asks the kernel for each client")
def test_neighbours_are_followed_where_add_mac_asks_for_them_and_nowhere_else(net):
    net.start(FORWARD)
    assert followers(net) == 0
    net.conf(FORWARD + "add-mac=text\n")
    assert word(net.lab, "reload").returncode == 0
    assert followers(net) == 1
    net.conf(FORWARD)
    assert word(net.lab, "reload").returncode == 0
    assert followers(net) == 0
