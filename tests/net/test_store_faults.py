# SPDX-License-Identifier: ISC
"""A disk that takes nothing more: no ACK promises more than what is stored."""

import contextlib
import pwd
import shutil
import subprocess
import time

import pytest

from lab import wait_for
from packets import ACK, OFFER

pytestmark = pytest.mark.lanlord_only("it acknowledges leases that it could not write")

RANGE = "dhcp-range=10.77.0.100,10.77.0.199,2m\nno-ping\n"


@pytest.fixture
def small_disk(lab):
    """The leases lie on a disk of 1 MB, owned by the user that the server becomes."""
    disk = lab.dir / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m,mode=755", "lease-disk", disk],
                   check=True)
    shutil.chown(disk, pwd.getpwnam("nobody").pw_uid)
    lab.lease_file = disk / "leases"
    yield disk
    lab.stop()
    subprocess.run(["umount", disk], check=True)


def fill(disk):
    with contextlib.suppress(OSError), open(disk / "filler", "wb", buffering=0) as filler:
        while True:
            filler.write(bytes(4096))


def counter(lab, name):
    status = lab.server_run("status", "--pid", lab.server.pid).stdout
    return next(int(line.split()[2]) for line in status.splitlines()
                if line.split()[:2] == ["counter", name])


def is_refused(client):
    """Whether this client is promised nothing: no ACK, whatever else it is told."""
    offer = client.discover(timeout=0.5)
    if offer is None:
        return True
    assert offer.type == OFFER
    answer = client.request(offer.yiaddr)
    return answer is None or answer.type != ACK


@pytest.mark.parametrize("store", ["", "lease-store=file\n"], ids=["sqlite", "file"])
def test_a_full_disk_refuses_new_leases_and_service_returns_by_itself(
        lab, clients, small_disk, store):
    lab.start(RANGE + store)
    old, new = clients(2)
    address = old.lease().yiaddr
    since = time.time()
    fill(small_disk)

    assert is_refused(new)
    wait_for("a second of the lease gone", lambda: time.time() > since + 2)
    again = old.renew(address)
    assert (again.type, again.yiaddr) == (ACK, address)
    assert again.lease_time <= 120 - 2
    assert is_refused(new)
    assert lab.server.poll() is None

    (small_disk / "filler").unlink()
    wait_for("service again", lambda: not is_refused(new), 15)
    assert old.renew(address).lease_time == 120
    assert counter(lab, "leases_refused_store_failed") >= 1
    assert counter(lab, "leases_allocated_4") == 2
    wait_for("both in the file", lambda: {line[1] for line in lab.leases()} == {old.mac, new.mac}, 3)


@pytest.mark.parametrize("store", ["", "lease-store=file\n"], ids=["sqlite", "file"])
def test_what_was_acknowledged_before_the_disk_was_full_survives_a_kill(
        lab, clients, small_disk, store):
    lab.start(RANGE + store)
    everybody = clients(5)
    granted = {client.mac: client.lease().yiaddr for client in everybody}
    fill(small_disk)
    lab.kill()
    (small_disk / "filler").unlink()
    lab.start()
    for client in everybody:
        assert client.renew(granted[client.mac]).yiaddr == granted[client.mac]
