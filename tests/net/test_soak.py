# SPDX-License-Identifier: ISC
"""A long storm: clients come, renew, go and clash, while the server is killed again and again."""

import os
import random
import signal
import time

import pytest

from lab import SERVER_IP, server_is_dnsmasq
from packets import ACK, NAK, OFFER, RELEASE, Client, option_ip

SECONDS = int(os.environ.get("SOAK_SECONDS", "120"))


class Storm:
    """What the clients were promised, and therefore what the server has to know."""

    def __init__(self, lab, wire, seed):
        self.lab = lab
        self.chance = random.Random(seed)
        self.clients = [Client(wire, n, options=[(12, f"host{n}".encode())]) for n in range(400)]
        self.held = {}
        self.counts = {"lease": 0, "renew": 0, "release": 0, "kill": 0}

    def lease(self, client):
        offer = client.discover()
        if offer is None:
            assert len(self.held) >= 200, "silence while addresses are free"
            return
        assert offer.type == OFFER
        answer = client.request(offer.yiaddr)
        if answer.type == NAK:
            return
        owner = next((c for c, a in self.held.items() if a == answer.yiaddr), client)
        assert owner is client, f"{answer.yiaddr} was promised to {owner.mac} and {client.mac}"
        self.held[client] = answer.yiaddr
        self.counts["lease"] += 1

    def renew(self, client):
        answer = client.reboot(self.held[client])
        assert (answer.type, answer.yiaddr) == (ACK, self.held[client])
        self.counts["renew"] += 1

    def release(self, client):
        address = self.held.pop(client)
        before = self.lab.log().count("DHCPRELEASE")
        client.send(RELEASE, [option_ip(54, SERVER_IP)], ciaddr=address)
        while self.lab.log().count("DHCPRELEASE") == before:
            time.sleep(0.001)
        self.counts["release"] += 1

    def kill(self):
        """Killed, or ended in order: both keep every promise.

        dnsmasq rewrites its lease file in place: killed in the middle, it has lost every lease.
        """
        ways = [signal.SIGTERM] if server_is_dnsmasq() else [signal.SIGTERM, signal.SIGKILL]
        self.lab.stop(self.chance.choice(ways))
        self.lab.start()
        stored = {line[1]: line[2] for line in self.lab.leases()}
        for client, address in self.held.items():
            assert stored.get(client.mac) == address
        self.lab.log_file.write_text("")
        self.counts["kill"] += 1

    def step(self):
        client = self.chance.choice(self.clients)
        if self.chance.random() < 0.01:
            self.kill()
        elif client not in self.held:
            if len(self.held) < 190:
                self.lease(client)
        elif self.chance.random() < 0.5:
            self.renew(client)
        else:
            self.release(client)


@pytest.mark.soak
def test_no_promise_is_broken_in_a_storm(lab, wire):
    seed = int(os.environ.get("SOAK_SEED", time.time()))
    print(f"SOAK_SEED={seed}")
    lab.start("dhcp-range=10.77.0.10,10.77.0.209,255.255.255.0,1h\nno-ping\ndhcp-lease-max=1000\n")
    storm = Storm(lab, wire, seed)
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        storm.step()
    print(storm.counts)
    assert min(storm.counts.values()) > 0
