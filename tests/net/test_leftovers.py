# SPDX-License-Identifier: ISC
"""What others left where the server puts its own: a pid file, a name of its control socket."""

import os
import signal
import subprocess

import pytest

from lab import wait_for

RANGE = "dhcp-range=10.77.0.100,10.77.0.199,1h\nno-ping\n"


@pytest.mark.parametrize("left", ["file", "link"])
def test_a_pid_file_of_a_crash_is_replaced_and_a_link_not_followed(lab, left):
    """The folder may be one that others can write to."""
    pid_file, victim = lab.dir / "pid", lab.dir / "victim"
    victim.write_text("precious\n")
    if left == "file":
        pid_file.write_text("1\n")
    else:
        pid_file.symlink_to(victim)
    done = lab.server_run("-C", lab.conf_write(RANGE + f"pid-file={pid_file}\n"))
    assert done.returncode == 0, done.stderr
    pid = int(pid_file.read_text())
    assert pid != 1 and os.path.exists(f"/proc/{pid}")
    os.kill(pid, signal.SIGTERM)
    assert victim.read_text() == "precious\n"
    assert not pid_file.is_symlink()
    wait_for("its end", lambda: not os.path.exists(f"/proc/{pid}"))


# Takes the name that the server would have, then becomes the server, with the same pid.
SQUATTER = r'''
import os, socket, sys
taken = socket.socket(socket.AF_UNIX)
taken.bind("\0lanlord/%d" % os.getpid())
taken.set_inheritable(True)
os.execv(sys.argv[1], sys.argv[1:])
'''


@pytest.mark.lanlord_only("it has no control socket")
def test_without_its_control_socket_a_server_serves(lab, client):
    squatter = lab.dir / "squatter.py"
    squatter.write_text(SQUATTER)
    conf = lab.conf_write(RANGE + "log-debug\n")
    with open(lab.log_file, "ab") as log:
        lab.server = subprocess.Popen(
            lab.server_command("-k", "--pid-file=", "--log-facility=-", "-C", conf,
                               under=["/usr/bin/python3", squatter]),
            stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    lab.processes.append(lab.server)
    lab.wait_log("started, version")
    assert "no control socket: Address already in use" in lab.log()
    assert client.lease().yiaddr.startswith("10.77.0.1")
