# SPDX-License-Identifier: ISC
"""leasefile-ro: dhcp-script keeps the leases, and what was acknowledged lies with it."""

import os
import signal
import time

import pytest

from lab import SERVER_IP, wait_for
from packets import ACK, REQUEST, Client, option_ip

RANGE = "dhcp-range=10.77.0.50,10.77.0.60,2m\nno-ping\nleasefile-ro\n"
SCRIPT = """#!/bin/sh
[ "$1" = init ] && {{ cat {kept}/* 2>/dev/null; exit {code}; }}
{before}
case $1 in
add|old) echo "$DNSMASQ_LEASE_EXPIRES $2 $3 ${{4:-*}} ${{DNSMASQ_CLIENT_ID:-*}}" >{kept}/$3;;
del) rm {kept}/$3;;
esac
echo "$*" >>{told}
"""


class Keeper:
    """A script that keeps leases in a folder, a file each."""

    def __init__(self, lab):
        self.lab = lab
        self.path, self.kept, self.told = lab.dir / "script", lab.dir / "kept", lab.dir / "told"
        self.kept.mkdir()
        self.told.touch()
        self.write()

    def write(self, before="", code=0):
        self.path.write_text(SCRIPT.format(kept=self.kept, told=self.told, before=before, code=code))
        self.path.chmod(0o755)

    def start(self, text=""):
        self.lab.start(f"{RANGE}dhcp-script={self.path}\n{text}")

    def runs(self):
        return self.told.read_text().splitlines()

    def leases(self):
        return {path.name: path.read_text().split() for path in self.kept.iterdir()}

    def put(self, line):
        (self.kept / line.split()[2]).write_text(line + "\n")


@pytest.fixture
def keeper(lab):
    return Keeper(lab)


ADD = "add 02:11:22:33:00:01 10.77.0.51"
OLD = "old 02:11:22:33:00:01 10.77.0.51"


def test_leases_are_those_that_init_prints_and_no_file_is_written(keeper, wire):
    keeper.put(f"{int(time.time()) + 1000} 02:11:22:33:00:01 10.77.0.58 pc 01:02:11:22:33:00:01")
    keeper.put("0 02:aa:aa:aa:aa:01 10.77.0.51 * *")
    keeper.start("dhcp-sequential-ip\n")
    client = Client(wire, 1, client_id=b"\x01\x02\x11\x22\x33\x00\x01")
    assert client.renew("10.77.0.58").type == ACK
    assert Client(wire, 2).lease().yiaddr not in ("10.77.0.51", "10.77.0.58")
    keeper.lab.stop()
    assert not list(keeper.lab.dir.glob("leases*"))


def test_what_ended_before_the_start_is_told_as_ended(keeper):
    keeper.put("1000 02:11:22:33:00:09 10.77.0.59 gone *")
    keeper.start()
    wait_for("its end", lambda: "del 02:11:22:33:00:09 10.77.0.59 gone" in keeper.runs())
    wait_for("its file's end", lambda: not keeper.leases())


def test_every_renewal_is_told(keeper, wire):
    keeper.start()
    client = Client(wire, 1)
    address = client.lease().yiaddr
    wait_for("the add", lambda: ADD in keeper.runs())
    until = keeper.leases()["10.77.0.51"][0]
    time.sleep(1.1)						# another time of its end
    client.renew(address)
    wait_for("the renewal", lambda: OLD in keeper.runs())
    assert int(keeper.leases()["10.77.0.51"][0]) > int(until)


def test_leases_survive_a_restart_by_the_script_alone(keeper, wire):
    keeper.start()
    address = Client(wire, 1, options=[(12, b"pc")]).lease().yiaddr
    wait_for("the add", lambda: f"{ADD} pc" in keeper.runs())
    keeper.lab.stop()
    assert [line[2:4] for line in keeper.leases().values()] == [[address, "pc"]]
    keeper.start()
    assert Client(wire, 1).renew(address).type == ACK


@pytest.mark.lanlord_only("what waits when it is killed is lost")
def test_what_was_acknowledged_is_kept_though_the_server_is_killed_at_once(keeper, wire):
    keeper.write("sleep 0.2")
    keeper.start()
    acked = [Client(wire, number).lease().yiaddr for number in range(1, 6)]
    keeper.lab.server.send_signal(signal.SIGKILL)
    keeper.lab.server.wait()
    wait_for("all of them", lambda: set(keeper.leases()) == set(acked))


@pytest.mark.lanlord_only("it acknowledges what its script may never be told")
def test_no_more_is_acknowledged_than_lies_with_the_script(keeper, wire):
    keeper.write(f"while [ ! -e {keeper.lab.dir}/go ]; do sleep 0.05; done")
    keeper.start("dhcp-sequential-ip\n")
    addresses = [Client(wire, number).discover().yiaddr for number in range(1, 12)]
    xids = [Client(wire, number).send(REQUEST, [option_ip(50, address), option_ip(54, SERVER_IP)])
            for number, address in enumerate(addresses, 1)]
    acked = [xid for xid in xids if wire.receive(xid, 0.3)]
    assert acked == xids[:8]
    (keeper.lab.dir / "go").touch()
    assert all(wire.receive(xid).type == ACK for xid in xids[8:])


@pytest.mark.lanlord_only("one process")
def test_without_the_scripts_process_nothing_new_is_promised(keeper, wire):
    keeper.start()
    client = Client(wire, 1)
    address = client.lease().yiaddr
    (runner,) = [pid for pid in os.listdir("/proc") if pid.isdigit() and is_runner(keeper.lab, pid)]
    os.kill(int(runner), signal.SIGKILL)
    keeper.lab.wait_log("no lease is kept from now on")
    assert Client(wire, 2).discover(timeout=0.3) is None
    assert client.renew(address).lease_time <= 120


def is_runner(lab, pid):
    try:
        with open(f"/proc/{pid}/comm") as comm, open(f"/proc/{pid}/stat") as stat:
            return (comm.read().strip() == "lanlord-script"
                    and int(stat.read().rpartition(")")[2].split()[1]) == lab.server.pid)
    except OSError:
        return False


@pytest.mark.parametrize("code, status, why", [
    (7, 17, "lease-init script returned exit code 7"),
    (None, 3, "cannot run lease-init script {path}: No such file or directory")])
def test_a_script_that_cannot_say_what_it_keeps_is_an_error_at_start(keeper, code, status, why):
    if code:
        keeper.write(code=code)
    else:
        keeper.path.unlink()
    conf = keeper.lab.conf_write(f"{RANGE}dhcp-script={keeper.path}\n")
    run = keeper.lab.server_run("-k", "-x", "", "-C", conf)
    assert run.returncode == status
    assert why.format(path=keeper.path) in run.stderr


def test_without_a_script_leases_are_kept_by_nobody(lab, wire):
    lab.start(RANGE)
    address = Client(wire, 1).lease().yiaddr
    assert Client(wire, 1).renew(address).type == ACK
    lab.stop()
    assert not list(lab.dir.glob("leases*"))
    lab.start(RANGE)
    assert Client(wire, 1).renew(address).type != ACK
