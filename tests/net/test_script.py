# SPDX-License-Identifier: ISC
"""dhcp-script is run as dnsmasq runs it: when, with which words, in which environment, as whom."""

import os
import signal
import time

import pytest

import lab as lab_module
from lab import wait_for
from packets import Client

RANGE = "dhcp-range=set:red,10.77.0.50,10.77.0.60,2m\nno-ping\ndomain=home.test\n"
SCRIPT = """#!/bin/sh
{{
	printf '%s\\n' "run $*"
	env | grep ^DNSMASQ_ | sort
	echo "uid $(id -u) in $PWD given $GIVEN"
	echo
}} >>{told}
{more}
"""
# What depends on when a test ran.
VOLATILE = ("DNSMASQ_LEASE_EXPIRES=", "DNSMASQ_TIME_REMAINING=")


class Told:
    """A script, and what it was told."""

    def __init__(self, lab):
        self.lab = lab
        self.path, self.told = lab.dir / "script", lab.dir / "told"
        self.told.touch()
        self.told.chmod(0o666)
        lab.dir.chmod(0o755)
        self.write()

    def write(self, more=""):
        self.path.write_text(SCRIPT.format(told=self.told, more=more))
        self.path.chmod(0o755)

    def start(self, text="", rest=RANGE):
        self.lab.start(f"{rest}dhcp-script={self.path}\n{text}")

    def runs(self):
        """Each run: its words, and its environment."""
        parts = [part.splitlines() for part in self.told.read_text().split("\n\n")[:-1]]
        return [(lines[0][4:], [line for line in lines[1:] if line.startswith("DNSMASQ_")])
                for lines in parts]

    def wait(self, words, count=1):
        """The environments of the runs with these words, but for what depends on the time."""
        def found():
            envs = [env for run, env in self.runs() if run == words]
            return envs if len(envs) >= count else None

        return [[line for line in env if not line.startswith(VOLATILE)]
                for env in wait_for(f"the script's {words}", found)]


@pytest.fixture
def script(lab):
    return Told(lab)


ADD = "add 02:11:22:33:00:01 10.77.0.51"


def test_a_new_lease_is_told_with_all_that_the_client_said(script, wire):
    script.start("dhcp-mac=set:blue,02:11:*:*:*:*\n")
    Client(wire, 1, client_id=b"\xff\x01", options=[
        (12, b"Host.home.test"), (60, b"a=b"), (77, b"iPXE"), (161, b"http://mud/x=1"),
        (82, b"\x01\x04circ\x02\x03\x01\x02r\x06\x03sub")]).lease()
    assert script.wait(f"{ADD} Host") == [[
        "DNSMASQ_CIRCUIT_ID=circ", "DNSMASQ_CLIENT_ID=ff:01", "DNSMASQ_DOMAIN=home.test",
        "DNSMASQ_INTERFACE=br0", "DNSMASQ_MUD_URL=http://mud/x", "DNSMASQ_REMOTE_ID=\x01\x02r",
        "DNSMASQ_REQUESTED_OPTIONS=1,3,6,12,15,28,51,58,59", "DNSMASQ_SUBSCRIBER_ID=sub",
        "DNSMASQ_SUPPLIED_HOSTNAME=Host.home.test", "DNSMASQ_TAGS=red blue br0",
        "DNSMASQ_USER_CLASS0=iPXE", "DNSMASQ_VENDOR_CLASS=a"]]
    env = dict(line.split("=", 1) for line in script.runs()[0][1])
    assert abs(int(env["DNSMASQ_LEASE_EXPIRES"]) - time.time() - 120) < 15
    assert 100 <= int(env["DNSMASQ_TIME_REMAINING"]) <= 120


def test_a_renewal_is_not_told_and_a_sighup_tells_all(script, wire):
    script.start()
    client = Client(wire, 1)
    address = client.lease().yiaddr
    script.wait(ADD)
    client.renew(address)
    os.kill(script.lab.server.pid, signal.SIGHUP)
    (env,) = script.wait(ADD.replace("add", "old"))		# and none before it
    assert "DNSMASQ_DATA_MISSING=1" in env
    assert len(script.runs()) == 2


def test_a_renewal_is_told_where_that_is_asked_for(script, wire):
    script.start("script-on-renewal\n")
    client = Client(wire, 1)
    address = client.lease().yiaddr
    script.wait(ADD)
    time.sleep(1.1)						# another time of its end
    client.renew(address)
    (env,) = script.wait(ADD.replace("add", "old"))
    assert env == ["DNSMASQ_DATA_MISSING=1", "DNSMASQ_INTERFACE=br0"]


def test_a_name_that_moves_is_told_of_whom_it_left_first(script, wire):
    script.start()
    Client(wire, 1, options=[(12, b"pc")]).lease()
    script.wait(f"{ADD} pc")
    Client(wire, 2, options=[(12, b"pc")]).lease()
    script.wait("add 02:11:22:33:00:02 10.77.0.52 pc")
    lost, after = script.wait("old 02:11:22:33:00:01 10.77.0.51", 2)
    assert lost == ["DNSMASQ_DATA_MISSING=1", "DNSMASQ_DOMAIN=home.test", "DNSMASQ_INTERFACE=br0",
                    "DNSMASQ_OLD_HOSTNAME=pc"]
    assert after == ["DNSMASQ_DATA_MISSING=1", "DNSMASQ_INTERFACE=br0"]
    words = [run for run, _ in script.runs()]
    assert words.index("old 02:11:22:33:00:01 10.77.0.51") < words.index(
        "add 02:11:22:33:00:02 10.77.0.52 pc")


def test_what_happens_while_the_script_runs_is_told_in_order(script, clients):
    script.write("sleep 0.5")
    script.start()
    first, busy, new, taker = clients(4)
    first.always = [(12, b"pc")]
    first.lease()
    script.wait(f"{ADD} pc")
    for client, name in ((busy, b"busy"), (new, b"new"), (taker, b"pc")):
        client.always = [(12, name)]
        client.lease()
    script.wait("add 02:11:22:33:00:04 10.77.0.54 pc")
    words = [run for run, _ in script.runs()]
    assert [word for word in words if word.startswith("add")] == [
        f"{ADD} pc", "add 02:11:22:33:00:02 10.77.0.52 busy",
        "add 02:11:22:33:00:03 10.77.0.53 new", "add 02:11:22:33:00:04 10.77.0.54 pc"]
    assert words.index("old 02:11:22:33:00:01 10.77.0.51") < words.index(
        "add 02:11:22:33:00:04 10.77.0.54 pc")


def test_the_same_machine_under_another_id_and_name_is_old(script, wire):
    script.start()
    Client(wire, 1, options=[(12, b"pc")]).lease()
    Client(wire, 1, client_id=b"\xff\x01", options=[(12, b"box")]).reboot("10.77.0.51")
    (env,) = script.wait("old 02:11:22:33:00:01 10.77.0.51 box")
    assert "DNSMASQ_CLIENT_ID=ff:01" in env and "DNSMASQ_OLD_HOSTNAME=pc" not in env
    (env,) = script.wait("old 02:11:22:33:00:01 10.77.0.51")
    assert "DNSMASQ_OLD_HOSTNAME=pc" in env and "DNSMASQ_SUPPLIED_HOSTNAME=box" in env


def test_a_release_is_told_with_when_the_lease_would_have_ended(script, wire):
    script.start()
    client = Client(wire, 1)
    address = client.lease().yiaddr
    script.wait(ADD)
    client.release(address)
    assert script.wait(ADD.replace("add", "del")) == [["DNSMASQ_DATA_MISSING=1",
                                                        "DNSMASQ_INTERFACE=br0"]]
    expires = [line for _, env in script.runs() for line in env if "LEASE_EXPIRES" in line]
    assert expires[0] == expires[1]
    assert not any("TIME_REMAINING" in line for line in script.runs()[1][1])


def test_a_lease_that_ends_is_told(script):
    now = int(time.time())
    script.lab.lease_file.write_text(f"{now + 3} 02:aa:aa:aa:aa:ab 10.77.0.58 * ff:01\n"
                                     "0 06-02:aa:aa:aa:aa:ac 10.77.0.57 inf *\n")
    script.start()
    script.wait("old 02:aa:aa:aa:aa:ab 10.77.0.58")
    (env, *_) = script.wait("old 06-02:aa:aa:aa:aa:ac 10.77.0.57 inf")
    assert env == ["DNSMASQ_DATA_MISSING=1", "DNSMASQ_DOMAIN=home.test", "DNSMASQ_INTERFACE=br0"]
    script.wait("del 02:aa:aa:aa:aa:ab 10.77.0.58")


def test_a_file_that_was_sent_is_told(script):
    root = script.lab.dir / "files"
    root.mkdir()
    (root / "image").write_bytes(b"x" * 1000)
    script.start(f"enable-tftp\ntftp-root={root}\n")
    host = script.lab.host(address="10.77.0.99/24")
    assert host.fetch("tftp://10.77.0.1/image") == b"x" * 1000
    assert script.wait(f"tftp 1000 10.77.0.99 {root}/image") == [[]]


def test_it_runs_in_the_servers_environment_as_root_or_as_its_user(script, wire, monkeypatch):
    monkeypatch.setenv("GIVEN", "by whoever started us")
    script.start("dhcp-scriptuser=nobody\n")
    Client(wire, 1).lease()
    script.wait(ADD)
    assert "uid 65534 in / given by whoever started us" in script.told.read_text()
    script.lab.stop()
    script.start()
    wait_for("root's run", lambda: "uid 0 in / given" in script.told.read_text())


def test_what_it_prints_and_how_it_ends_is_logged(script, wire):
    script.write('echo "out $1"; echo "err $1" >&2\n[ "$1" = add ] && exit 3; kill -9 $$')
    script.start()
    client = Client(wire, 1)
    address = client.lease().yiaddr
    for line in ("out add", "err add", "script process exited with status 3"):
        script.lab.wait_log(line)
    assert "dnsmasq-script[" in script.lab.log()
    client.release(address)
    script.lab.wait_log("script process killed by signal 9")


@pytest.mark.parametrize("kind, why", [("none", "No such file or directory"),
                                       ("plain", "Permission denied")])
def test_a_script_that_cannot_be_run_is_logged_and_serving_goes_on(lab, wire, kind, why):
    (lab.dir / "plain").write_text("#!/bin/sh\n")
    lab.start(f"{RANGE}dhcp-script={lab.dir}/{kind}\n")
    Client(wire, 1).lease()
    lab.wait_log(f"failed to execute {lab.dir}/{kind}: {why}")
    Client(wire, 2).lease()


def test_an_unknown_user_is_an_error_at_start(lab):
    with pytest.raises(AssertionError, match="unknown user or group: nosuch"):
        lab.start(f"{RANGE}dhcp-script=/bin/true\ndhcp-scriptuser=nosuch\n")


@pytest.mark.lanlord_only("what waits when it ends is lost")
def test_all_that_waits_is_run_before_the_end_and_one_at_a_time(script, clients):
    script.write('[ -e {0}.lock ] && echo together >>{0}; touch {0}.lock; sleep 0.2; rm {0}.lock'
                 .format(script.told))
    script.start()
    for client in clients(6):
        client.lease()
    script.lab.stop()
    adds = [words for words, _ in script.runs() if words.startswith("add ")]
    assert len(set(adds)) == len(adds) == 6
    assert "together" not in script.told.read_text()


def test_a_slow_script_holds_nobody_up(script, clients):
    script.write("sleep 1")
    script.start()
    start_s = time.monotonic()
    for client in clients(10):
        client.lease()
    assert time.monotonic() - start_s < 5
    script.write()


@pytest.mark.lanlord_only("it waits for each child that its script leaves behind")
def test_a_child_that_the_script_leaves_behind_stops_nothing(script, clients):
    script.write("sleep 300 &\necho $! >>{0}.pids".format(script.told))
    script.start()
    first, second = clients(2)
    first.lease()
    script.wait(ADD)
    second.lease()
    script.wait("add 02:11:22:33:00:02 10.77.0.52")
    for pid in (script.lab.dir / "told.pids").read_text().split():
        os.kill(int(pid), signal.SIGKILL)


def test_a_neighbour_that_comes_and_goes_is_told(script):
    neighbour = ["neigh add 10.77.0.91 lladdr 02:00:00:00:00:91 dev br0 nud permanent"]
    lab_module.ip(*neighbour, namespace=script.lab.namespace)
    script.start("script-arp\n")
    assert script.wait("arp-add 02:00:00:00:00:91 10.77.0.91") == [[]]


@pytest.mark.lanlord_only("it looks when something else makes it")
def test_a_change_of_neighbours_is_told_at_once(script):
    script.start("script-arp\n")
    for change, told in (("add", "arp-add"), ("del", "arp-del")):
        lab_module.ip(f"neigh {change} 10.77.0.91 lladdr 02:00:00:00:00:91 dev br0",
                      namespace=script.lab.namespace)
        assert script.wait(f"{told} 02:00:00:00:00:91 10.77.0.91") == [[]]
