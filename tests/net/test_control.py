# SPDX-License-Identifier: ISC
"""lanlord reload and lanlord status: talking to a server that runs."""

import itertools
import os
import signal
import socket
import subprocess
import threading

import pytest

from lab import enter, inside
from packets import Client, Wire

pytestmark = pytest.mark.lanlord_only("it has no control socket")

RANGE = "dhcp-range=10.77.0.100,10.77.0.199,1h\nno-ping\n"


def word(lab, *args, user=None):
    under = ["setpriv", "--reuid", user, "--clear-groups"] if user else []
    return subprocess.run(lab.server_command(*args, under=under), capture_output=True, text=True, timeout=20)


def test_status_tells_of_configuration_sandbox_ranges_and_leases(lab, client):
    lab.start(RANGE)
    client.lease()
    done = word(lab, "status")
    assert done.returncode == 0, done.stderr
    for line in (f"reads       {lab.dir}/conf", "seccomp on", "leases      1 of 1000",
                 "range       DHCP, IP range 10.77.0.100 -- 10.77.0.199, lease time 1h"):
        assert line in done.stdout, done.stdout
    assert "dhcp_ack" in done.stdout


def test_a_reload_serves_the_new_range_and_keeps_every_lease(lab, clients):
    one, two = clients(2)
    lab.start(RANGE)
    kept = one.lease().yiaddr
    lab.conf_write("dhcp-range=10.77.0.50,10.77.0.60,2h\nno-ping\n")
    done = word(lab, "reload")
    assert (done.returncode, done.stdout) == (0, "generation 2 serves\n"), done.stderr
    ack = two.lease()
    assert ack.yiaddr.startswith("10.77.0.5") or ack.yiaddr == "10.77.0.60"
    assert ack.lease_time == 7200
    assert lab.lease_of(one.mac)[2] == kept


def test_a_bad_file_leaves_the_old_one_serving_and_says_so(lab, client):
    lab.start(RANGE)
    path = lab.conf_write("dhcp-rnage=10.77.0.50,10.77.0.60\nno-such-thing\n")
    done = word(lab, "reload")
    assert done.returncode == 1
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert lines[0].startswith(f"{path}:4: ") and "dhcp-range" in lines[0]
    assert lines[1].startswith(f"{path}:5: ")
    assert lines[-1] == "the configuration before still serves"
    assert client.lease().yiaddr.startswith("10.77.0.1")
    assert "the one before still serves" in lab.log()


def test_the_server_reads_a_file_that_only_root_may_read(lab, client):
    path = lab.conf_write(RANGE)
    path.chmod(0o600)
    lab.start()
    path.write_text(path.read_text().replace("1h", "3h"))
    assert word(lab, "reload").returncode == 0
    assert client.lease().lease_time == 3 * 3600


def test_what_cannot_change_while_running_is_named(lab):
    lab.start(RANGE)
    lab.conf_write(RANGE + "user=daemon\n")
    done = word(lab, "reload")
    assert done.returncode == 0
    assert "user and group: changed; takes effect at the next start" in done.stdout
    assert "user and group: changed" in word(lab, "reload").stdout     # it still is
    lab.conf_write(RANGE)
    assert word(lab, "reload").stdout == "generation 4 serves\n"


@pytest.mark.parametrize("lines, error", [
    ("bind-interfaces\nbind-dynamic", "cannot set --bind-interfaces and --bind-dynamic"),
    ("bind-interfaces\ninterface=nowhere", "unknown interface nowhere"),
    ("enable-tftp\ntftp-root=/nowhere", "TFTP directory /nowhere inaccessible")])
def test_what_could_not_start_is_not_reloaded(lab, client, lines, error):
    lab.start(RANGE)
    lab.conf_write(RANGE + lines + "\n")
    done = word(lab, "reload")
    assert done.returncode == 1 and error in done.stderr, done.stderr
    assert done.stderr.endswith("the configuration before still serves\n")
    assert client.lease().yiaddr.startswith("10.77.0.1")


def test_no_packet_is_lost_while_configurations_are_swapped(lab, clients):
    lab.start(RANGE)
    for number, client in enumerate(clients(20)):
        lab.conf_write(RANGE + f"dhcp-option=option:mtu,{1400 + number}\n")
        assert word(lab, "reload").returncode == 0
        offer = client.discover(parameters=(26,), timeout=2)
        assert int.from_bytes(offer.option(26), "big") == 1400 + number


def test_no_packet_is_lost_while_sockets_take_the_places_of_others(lab, clients):
    """Whether one socket serves all interfaces or each has its own changes with every reload."""
    lab.start(RANGE)
    stop = threading.Event()
    failed = []

    def storm():
        for number in range(80):
            lab.conf_write(RANGE + ("" if number % 2 else "bind-interfaces\n"))
            done = word(lab, "reload")
            if done.returncode:
                failed.append(done.stderr)
        stop.set()

    thread = threading.Thread(target=storm)
    thread.start()
    lost = 0
    for client in itertools.cycle(clients(20)):
        lost += client.discover(timeout=1) is None
        if stop.is_set():
            break
    thread.join()
    assert (lost, failed) == (0, [])


def test_another_user_is_not_answered(lab):
    lab.start(RANGE)
    done = word(lab, "status", user="1")
    assert done.returncode == 1
    assert done.stderr.endswith("only root and the user who started it may ask\n")
    done = word(lab, "status", "-C", lab.dir / "conf", user="1")
    assert done.returncode == 1
    assert "answer only root and the user who started them" in done.stderr


def test_a_stranger_cannot_pass_for_a_server(lab):
    """An abstract name is anybody's to take."""
    impostor = subprocess.Popen(
        enter(lab.namespace) + ["setpriv", "--reuid", "1", "--clear-groups", "/usr/bin/python3",
                                "-c", IMPOSTOR], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert impostor.stdout.readline() == b"ready\n"
        assert word(lab, "reload").stderr == \
            "lanlord: no such server runs in this network namespace\n"
        lab.start(RANGE)
        assert f"pid         {lab.server.pid}," in word(lab, "status").stdout
    finally:
        impostor.kill()
        impostor.wait()


IMPOSTOR = r"""
import os, socket, sys
s = socket.socket(socket.AF_UNIX)
s.bind(f"\0lanlord/{os.getpid()}")
s.listen()
print("ready", flush=True)
while True:
    s.accept()[0].send(b"ok\ngeneration 666 serves\n")
"""


@pytest.mark.parametrize("words", ["-C PATH", "-CPATH", "--conf-file PATH", "--conf-file=PATH",
                                   "--pid PID", "--pid=PID", "-C LINK"])
def test_a_server_is_chosen_in_the_ways_that_options_are_written(lab, words):
    lab.start(RANGE)
    link = lab.dir / "link"
    link.symlink_to(lab.dir / "conf")
    for name, value in (("PATH", lab.dir / "conf"), ("LINK", link), ("PID", lab.server.pid)):
        words = words.replace(name, str(value))
    done = word(lab, "status", *words.split())
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("words", ["-C", "--pid", "--pid=", "--pid x", "--pid=-1", "foo", "--help",
                                   "--pidx 1", "--conf-filex=/etc/passwd"])
def test_words_that_mean_nothing_are_refused(lab, words):
    lab.start(RANGE)
    done = word(lab, "status", *words.split())
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "lanlord: write status [--pid N] [-C FILE]\n"


def test_several_servers_must_be_told_apart(lab):
    lab.start(RANGE + "bind-interfaces\nexcept-interface=lo\n")
    first = lab.server
    lab.bridge_add("br1", "10.78.0.1/24")
    other = lab.dir / "other"
    other.write_text("port=0\ninterface=br1\nbind-interfaces\nexcept-interface=lo\n"
                     f"dhcp-leasefile={lab.dir}/leases1\ndhcp-range=10.78.0.10,10.78.0.20\n")
    second = lab.server_spawn(other, lab.dir / "log1")
    done = word(lab, "status")
    assert done.returncode == 1
    assert "--pid N or -C FILE" in done.stderr
    pids = sorted(int(pid) for pid in done.stderr.rsplit(":", 1)[1].split())
    assert len(pids) == 2
    assert "10.78.0.10" in word(lab, "status", "-C", other).stdout
    for pid in pids:
        assert f"pid         {pid}," in word(lab, "status", "--pid", pid).stdout
    assert first.poll() is None and second.poll() is None


def test_without_a_server_the_words_say_so(lab):
    done = word(lab, "reload")
    assert done.returncode == 1
    assert done.stderr == "lanlord: no such server runs in this network namespace\n"


def test_sighup_does_not_read_the_configuration(lab, client):
    lab.start(RANGE)
    lab.conf_write("this is no configuration\n")
    os.kill(lab.server.pid, signal.SIGHUP)
    assert client.lease().yiaddr.startswith("10.77.0.1")
    assert lab.server.poll() is None


# --- sockets follow a reload ----------------------------------------------------------------------

def test_a_reload_moves_http_to_another_port(lab):
    (lab.dir / "file").write_bytes(b"content")
    host = lab.host(address="10.77.0.50/24")
    lab.start(f"http-root={lab.dir}\n")
    assert host.fetch("http://10.77.0.1/file") == b"content"
    lab.conf_write(f"http-root={lab.dir}\nhttp-port=81\n")
    assert word(lab, "reload").returncode == 0
    assert host.fetch("http://10.77.0.1:81/file") == b"content"
    assert host.fetch("http://10.77.0.1/file") is None


def test_a_reload_turns_tftp_and_http_on_and_off(lab, client):
    (lab.dir / "file").write_bytes(b"content")
    host = lab.host(address="10.77.0.50/24")
    both = f"enable-tftp\ntftp-root={lab.dir}\nhttp-root={lab.dir}\n"
    lab.start(RANGE)
    for text, expected in ((RANGE + both, b"content"), (RANGE, None), (RANGE + both, b"content")):
        lab.conf_write(text)
        done = word(lab, "reload")
        assert done.returncode == 0, done.stderr
        for url in ("tftp://10.77.0.1/file", "http://10.77.0.1/file"):
            assert host.fetch(url) == expected
    assert client.lease().yiaddr.startswith("10.77.0.1")


def test_a_reload_serves_another_interface(lab):
    lab.bridge_add("br1", "10.78.0.1/24")
    wire = Wire(lab.host(bridge="br1"))
    ranges = RANGE + "dhcp-range=10.78.0.100,10.78.0.199,1h\nbind-interfaces\n"
    lab.start(ranges)
    assert Client(wire, 1).discover(timeout=0.3) is None
    lab.conf_write(ranges + "interface=br1\n")
    assert word(lab, "reload").returncode == 0
    offer = Client(wire, 1).discover()
    assert Client(wire, 1).request(offer.yiaddr, server="10.78.0.1").yiaddr == offer.yiaddr
    assert "listens     dhcp 0.0.0.0#67 on br1" in word(lab, "status").stdout
    wire.close()


def test_a_port_that_a_reload_cannot_have_is_told_and_the_rest_serves(lab, client):
    with inside(lab.namespace), socket.socket() as taken:
        taken.bind(("0.0.0.0", 81))
        taken.listen()
        lab.start(RANGE)
        lab.conf_write(RANGE + f"http-root={lab.dir}\nhttp-port=81\n")
        done = word(lab, "reload")
    assert done.returncode == 1
    assert "port 81 of 0.0.0.0: Address already in use" in done.stderr
    assert done.stderr.endswith("the configuration before still serves\n")
    assert client.lease().yiaddr.startswith("10.77.0.1")


def test_what_a_reload_could_not_have_is_told_shown_and_had_by_the_next(lab, client):
    host = lab.host(address="10.77.0.50/24")
    (lab.dir / "file").write_bytes(b"content")
    lab.start(RANGE + f"http-root={lab.dir}\n")
    assert "listens     http 0.0.0.0#80" in word(lab, "status").stdout
    lab.conf_write(RANGE + f"http-root={lab.dir}\nhttp-port=81\n")
    with inside(lab.namespace), socket.socket() as taken:
        taken.bind(("0.0.0.0", 81))
        taken.listen()
        done = word(lab, "reload")
        assert done.returncode == 1
        assert done.stderr == (
            "failed to create listening socket for port 81 of 0.0.0.0: Address already in use\n"
            "generation 2 serves, without that\n")
        assert "listens     http 0.0.0.0" not in word(lab, "status").stdout
        assert client.lease().yiaddr.startswith("10.77.0.1")
    assert word(lab, "reload").returncode == 0
    assert "listens     http 0.0.0.0#81" in word(lab, "status").stdout
    assert host.fetch("http://10.77.0.1:81/file") == b"content"


def test_a_helper_that_was_killed_is_told_of_and_serving_goes_on(lab, client):
    hosts = lab.dir / "hosts"
    hosts.write_text(f"{client.mac},10.77.0.150\n")
    lab.start(RANGE + f"dhcp-hostsfile={hosts}\n")
    lab.wait_log(f"read {hosts}")
    helper, = children(lab.server.pid)
    os.kill(helper, signal.SIGKILL)
    lab.wait_log("the helper process is gone (killed by signal 9)")
    done = word(lab, "reload")
    assert done.returncode == 1
    assert done.stderr == ("the helper process is gone, and only it may read the configuration; "
                           "start the server anew\nthe configuration before still serves\n")
    lab.server.send_signal(signal.SIGHUP)
    lab.wait_log("only it may read the configuration")
    assert "helper      gone" in word(lab, "status").stdout
    assert client.lease().yiaddr == "10.77.0.150"
    assert children(lab.server.pid) == []
    assert lab.log().count("is gone (killed") == 1
    assert lab.stop() == 0


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as text:
        return [int(child) for child in text.read().split()]


def test_standard_input_cannot_be_read_again_and_that_is_said(lab):
    conf = lab.conf_write(RANGE)
    with open(conf) as text, open(lab.log_file, "ab") as log:
        lab.server = subprocess.Popen(
            lab.server_command("-k", "--pid-file=", "--log-facility=-", "-C", "-"),
            stdin=text, stdout=log, stderr=log)
    lab.processes.append(lab.server)
    lab.wait_log("started, version")
    done = word(lab, "reload")
    assert done.returncode == 1
    assert done.stderr == ("command line: standard input was read at the start and cannot be read "
                           "again; write the configuration into a file\n"
                           "the configuration before still serves\n")


def test_dhcp_that_was_off_at_the_start_needs_a_new_start(lab):
    lab.start(f"enable-tftp\ntftp-root={lab.dir}\n")
    path = lab.conf_write(RANGE)
    done = word(lab, "reload")
    assert done.returncode == 1
    assert done.stderr.startswith(f"{path}:4: DHCP was off at the start")
