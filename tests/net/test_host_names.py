# SPDX-License-Identifier: ISC
"""dhcp-host lines that have their address from hosts files: read again, reloaded, explained."""

import json
import signal
import subprocess

import pytest

from lab import wait_for

LINES = """dhcp-leasefile={dir}/leases
interface=br0
no-resolv
no-hosts
no-ping
log-facility=-
addn-hosts={dir}/hosts
dhcp-range=10.77.0.100,10.77.0.199,1h
dhcp-host=02:11:22:33:00:01,printer
"""


@pytest.fixture
def printer(lab, client):
    """A server with names on, whose hosts file is written by a function."""
    (lab.dir / "conf").write_text(LINES.format(dir=lab.dir))

    def write(text):
        (lab.dir / "hosts").write_text(text)

    write("10.77.0.50 printer\n")
    lab.start()
    return write


def offered_after(lab, client, line):
    lab.wait_log(line)
    return client.discover().yiaddr


def test_a_hosts_file_that_changed_counts_after_sighup(lab, client, printer):
    assert offered_after(lab, client, "read ") == "10.77.0.50"
    printer("10.77.0.51 printer\n10.77.0.52 printer\n")
    lab.server.send_signal(signal.SIGHUP)
    assert offered_after(lab, client, "printer has more than one address in hostsfile, using "
                                      "10.77.0.51 for DHCP") == "10.77.0.51"
    printer("10.77.0.60 other\n")
    lab.server.send_signal(signal.SIGHUP)
    wait_for("the third reading", lambda: sum("hosts - " in line for line in lab.log_lines()) == 3)
    assert client.discover().yiaddr not in ("10.77.0.50", "10.77.0.51")


@pytest.mark.lanlord_only("it cannot reload")
def test_a_reload_reads_hosts_files_before_it_gives_addresses(lab, client, printer):
    assert offered_after(lab, client, "read ") == "10.77.0.50"
    printer("10.77.0.51 printer\n")
    done = subprocess.run(lab.server_command("reload"), capture_output=True, text=True, timeout=20)
    assert done.returncode == 0, done.stdout + done.stderr
    assert client.discover().yiaddr == "10.77.0.51"


@pytest.mark.lanlord_only("it explains nothing")
def test_explain_names_the_line_of_the_hosts_file(lab, client, printer):
    assert offered_after(lab, client, "read ") == "10.77.0.50"
    done = subprocess.run(lab.server_command("explain", "--json", "-C", lab.dir / "conf", "--mac", client.mac),
                          capture_output=True, text=True, timeout=20)
    told = json.loads(done.stdout)["address"]
    assert (told["address"], told["origin"]) == ("10.77.0.50", f"{lab.dir}/hosts:1")
    assert told["why"] == f"kept for it by its name in dhcp-host of {lab.dir}/conf:9"
