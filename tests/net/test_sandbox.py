# SPDX-License-Identifier: ISC
"""What the server can no longer do once it serves, seen from outside.

What happens when it tries is src/app/sandbox_test.c's.
"""

import os
import subprocess

import pytest

from lab import SERVER, SERVER_IP, unshare, wait_for
from packets import Client

pytestmark = pytest.mark.lanlord_only("it has no sandbox")

RANGE = "dhcp-range=10.77.0.100,10.77.0.199,1h\nno-ping\n"
SECCOMP_FILTER = "2"


def status_of(pid):
    with open(f"/proc/{pid}/status") as status:
        return dict(line.rstrip("\n").split(":\t", 1) for line in status if ":\t" in line)


def server_pid(lab):
    """What enters the namespace becomes the server: one process."""
    return lab.server.pid


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as text:
        return [int(child) for child in text.read().split()]


def test_every_thread_is_filtered_and_can_gain_nothing(lab):
    lab.start(RANGE + f"enable-tftp\ntftp-root={lab.dir}\nhttp-root={lab.dir}\n")
    threads = os.listdir(f"/proc/{server_pid(lab)}/task")
    assert len(threads) > 2
    for thread in threads:
        status = status_of(thread)
        assert status["Seccomp"] == SECCOMP_FILTER
        assert status["NoNewPrivs"] == "1"
        for capabilities in ("CapEff", "CapPrm", "CapBnd"):
            assert int(status[capabilities], 16) == 0, capabilities
        assert int(status["CapInh"], 16) == int(status["CapAmb"], 16) == 0
        assert set(status["Uid"].split()) == {"65534"}
        assert status["Groups"].strip() == ""


def test_the_helper_is_filtered_too_and_dies_with_the_server(lab):
    lab.start(RANGE)
    helper, = children(server_pid(lab))
    status = status_of(helper)
    assert status["Seccomp"] == SECCOMP_FILTER and status["NoNewPrivs"] == "1"
    net_admin, net_raw, sys_admin = 1 << 12, 1 << 13, 1 << 21
    assert int(status["CapEff"], 16) & (net_admin | net_raw | sys_admin) == 0
    assert sorted(os.listdir(f"/proc/{helper}/fd")) == ["0", "1", "2", "3"]
    lab.kill()
    wait_for("the helper's end", lambda: not os.path.exists(f"/proc/{helper}")
             or status_of(helper)["State"].startswith("Z"), 3)


def test_a_link_out_of_the_root_is_opened_by_the_helper(lab):
    """dnsmasq follows what the administrator put there, and so do we; but not to secrets."""
    outside, root = lab.dir / "outside", lab.dir / "root"
    outside.mkdir()
    root.mkdir()
    (outside / "image").write_bytes(b"boot me")
    (outside / "secret").write_bytes(b"nobody's business")
    (outside / "secret").chmod(0o600)
    for name in ("image", "secret"):
        (root / name).symlink_to(outside / name)
    lab.start(f"enable-tftp\ntftp-root={root}\n")
    host = lab.host(address="10.77.0.50/24")
    got = host.run("curl", "-s", f"tftp://{SERVER_IP}/image")
    assert (got.returncode, got.stdout) == (0, b"boot me")
    assert host.run("curl", "-s", f"tftp://{SERVER_IP}/secret").returncode != 0


def test_a_root_that_a_reload_brings_is_served(lab):
    old, new = lab.dir / "old", lab.dir / "new"
    for folder in (old, new):
        folder.mkdir()
        (folder / "name").write_text(folder.name)
    lab.start(f"enable-tftp\ntftp-root={old}\n")
    host = lab.host(address="10.77.0.50/24")
    assert host.run("curl", "-s", f"tftp://{SERVER_IP}/name").stdout == b"old"
    lab.conf_write(f"enable-tftp\ntftp-root={new}\n")
    done = subprocess.run(lab.server_command("reload"), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert host.run("curl", "-s", f"tftp://{SERVER_IP}/name").stdout == b"new"


def test_debug_mode_is_fenced_too(lab):
    lab.start(RANGE, "--no-daemon")
    status = status_of(server_pid(lab))
    assert status["Seccomp"] == SECCOMP_FILTER
    dac_override = 1 << 1
    assert int(status["CapEff"], 16) == int(status["CapBnd"], 16) == dac_override


@pytest.mark.parametrize("missing, words", [("landlock_create_ruleset", "Landlock"),
                                            ("seccomp", "seccomp")])
def test_without_the_kernels_help_one_line_says_so_and_it_serves(lab, client, missing, words):
    """As in a container that forbids it: a filter of the test's answers EPERM to the call."""
    number = {"landlock_create_ruleset": 444, "seccomp": 317}[missing]
    lab.conf_write(RANGE)
    deny = lab.dir / "deny.py"
    deny.write_text(DENY)
    with open(lab.log_file, "ab") as log:
        lab.server = subprocess.Popen(
            lab.server_command("-k", "--pid-file=", "--log-facility=-", "-C", lab.dir / "conf",
                               under=["/usr/bin/python3", deny, number]),
            stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    lab.processes.append(lab.server)
    lab.wait_log("started, version")
    lines = [line for line in lab.log_lines() if "this system gives no" in line]
    assert len(lines) == 1 and words in lines[0], lab.log()
    assert client.lease().yiaddr.startswith("10.77.0.1")


CONTAINER = """ip link set lo up; ip link add br0 type bridge
ip addr add 10.77.0.1/24 dev br0; ip link set br0 up; exec "$0" "$@"
"""


@pytest.mark.parametrize("args, words", [
    ((), "cannot become user nobody: this container does not have that user and group; "
         "running as user 0"),
    (("-uroot", "-groot"), None), (("-uroot", "-g", "0"), "unknown user or group: 0")])
def test_in_a_container_with_one_user_it_runs_as_that(lab, args, words):
    """A user namespace that knows root alone, as unprivileged containers do."""
    lab.conf_write(RANGE)
    with open(lab.log_file, "ab") as log:
        lab.server = subprocess.Popen(
            [*unshare("-Urn"), "sh", "-c", CONTAINER, SERVER, "-k", "--pid-file=",
             "--log-facility=-", "-C", lab.dir / "conf", *args],
            stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    lab.processes.append(lab.server)
    if words and words.startswith("unknown"):
        assert lab.server.wait(timeout=10) == 1 and words in lab.log()
        return
    lab.wait_log("started, version")
    lab.wait_log("DHCP, IP range")
    warnings = [line for line in lab.log_lines() if "warning:" in line]
    assert warnings == ([f": warning: {words}"] if words else []), lab.log()
    status = status_of(lab.server.pid)
    dac_override = 1 << 1
    assert int(status["CapEff"], 16) & ~dac_override == 0
    assert status["Seccomp"] == SECCOMP_FILTER
    assert lab.stop() == 0


def test_without_any_other_capability_it_serves_by_broadcast(lab, wire):
    """No raw sockets, no neighbour entries, no other user: one line each, and clients are served."""
    caps = "+net_bind_service"
    lab.conf_write(RANGE)
    with open(lab.log_file, "ab") as log:
        lab.server = subprocess.Popen(
            lab.server_command("-k", "--pid-file=", "--log-facility=-", "-C", lab.dir / "conf",
                               under=["setpriv", "--bounding-set=-all," + caps,
                                      "--inh-caps=-all," + caps]),
            stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    lab.processes.append(lab.server)
    lab.wait_log("DHCP, IP range")
    warnings = [line for line in lab.log_lines() if "warning:" in line]
    assert len(warnings) == 2, lab.log()
    assert "may not change users; running as user 0" in warnings[0]
    assert "gives no packet sockets" in warnings[1]
    assert Client(wire, 1).lease().yiaddr.startswith("10.77.0.1")


# Installs a filter that answers EPERM to one call, then becomes the server.
DENY = r'''
import ctypes, os, struct, sys

libc = ctypes.CDLL(None, use_errno=True)
number = int(sys.argv[1])
LOAD, JUMP_EQUAL, RETURN = 0x20, 0x15, 0x06
program = [(LOAD, 0, 0, 0), (JUMP_EQUAL, 0, 1, number), (RETURN, 0, 0, 0x00050001),
           (RETURN, 0, 0, 0x7fff0000)]
code = b"".join(struct.pack("HBBI", *line) for line in program)
buffer = ctypes.create_string_buffer(code, len(code))
fprog = struct.pack("HxxxxxxQ", len(program), ctypes.addressof(buffer))
assert libc.prctl(38, 1, 0, 0, 0) == 0
assert libc.prctl(22, 2, ctypes.create_string_buffer(fprog, len(fprog)), 0, 0) == 0
os.execv(sys.argv[2], sys.argv[2:])
'''


def test_no_group_of_whoever_starts_it_is_kept(lab):
    lab.conf_write(RANGE)
    with open(lab.log_file, "ab") as log:
        lab.server = subprocess.Popen(
            lab.server_command("-k", "--pid-file=", "--log-facility=-", "-C", lab.dir / "conf",
                               under=["setpriv", "--groups", "4,27"]),
            stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    lab.processes.append(lab.server)
    lab.wait_log("started, version")
    for thread in os.listdir(f"/proc/{server_pid(lab)}/task"):
        assert status_of(thread)["Groups"].strip() == ""
