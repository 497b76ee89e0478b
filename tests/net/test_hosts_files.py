# SPDX-License-Identifier: ISC
"""Files beside the configuration, which change while the server runs."""

import os
import signal

import pytest

from lab import wait_for

RANGE = "dhcp-range=10.77.0.100,10.77.0.199,1h\nno-ping\n"


def test_sighup_reads_the_hosts_and_options_files_again(lab, client):
    hosts, options = lab.dir / "hosts", lab.dir / "opts"
    hosts.write_text(f"{client.mac},10.77.0.42\n")
    options.write_text("option:mtu,1400\n")
    lab.start(RANGE + f"dhcp-hostsfile={hosts}\ndhcp-optsfile={options}\n")
    offer = client.discover(parameters=(26,))
    assert (offer.yiaddr, offer.option(26)) == ("10.77.0.42", b"\x05\x78")
    hosts.write_text(f"{client.mac},10.77.0.43\nthis line is wrong\n")
    options.write_text("option:mtu,1300\n")
    before = len(lab.log_lines())
    lab.server.send_signal(signal.SIGHUP)
    wait_for("both files read", lambda: {f"dhcp: read {hosts}", f"dhcp: read {options}"}
             <= set(lab.log_lines()[before:]))
    offer = client.discover(parameters=(26,))
    assert (offer.yiaddr, offer.option(26)) == ("10.77.0.43", b"\x05\x14")
    assert lab.server.poll() is None


def test_a_wrong_line_in_the_hosts_file_is_logged_and_skipped(lab, client):
    hosts = lab.dir / "hosts"
    hosts.write_text(f"# a comment\nthis line is wrong\n{client.mac},10.77.0.42\n")
    lab.start(RANGE + f"dhcp-hostsfile={hosts}\n")
    assert client.discover().yiaddr == "10.77.0.42"
    # dnsmasq says "at line N of FILE", lanlord "FILE:N: …".
    assert f"at line 2 of {hosts}" in lab.log() or f"{hosts}:2: " in lab.log()


def hup(lab):
    """SIGHUP, and the lines that it made."""
    before = len(lab.log_lines())
    os.kill(lab.server.pid, signal.SIGHUP)
    lab.wait_log("")
    wait_for("the files to be read", lambda: any(line.startswith("dhcp: read ") for line
                                                 in lab.log_lines()[before:]))
    return lab.log_lines()[before:]


@pytest.mark.lanlord_only("it stops at the first of these, or waits for ever")
def test_a_hosts_file_may_become_anything_and_the_rest_is_read(lab, client):
    """Programs write, replace and remove these files while they are read."""
    hosts, other = lab.dir / "hosts", lab.dir / "other"
    other.write_text(f"{client.mac},10.77.0.150\n")
    lab.start(RANGE + f"dhcp-hostsfile={hosts}\ndhcp-hostsfile={other}\n")

    def is_read(*complaints):
        lines = hup(lab)
        assert ("dhcp: read " + str(hosts) in lines) == (not complaints), lines
        assert f"dhcp: read {other}" in lines
        for complaint in complaints:
            assert any(complaint in line for line in lines), lines

    is_read("No such file or directory; it is read again on SIGHUP")
    hosts.write_text("02:00:00:00:00:01,10.77.0.151\n")
    is_read()
    (lab.dir / "new").write_text("02:00:00:00:00:01,10.77.0.152\n")
    (lab.dir / "new").rename(hosts)
    is_read()
    hosts.unlink()
    hosts.mkdir()
    (hosts / "one").write_text("02:00:00:00:00:01,10.77.0.151\n")
    (hosts / "sub").mkdir()
    is_read()
    (hosts / "gone").symlink_to("nowhere")
    is_read(f"cannot read {hosts}/gone: No such file or directory")
    (hosts / "gone").unlink()
    os.mkfifo(hosts / "pipe")
    is_read()                           # no file, and so not looked at
    for path in hosts.iterdir():
        path.rmdir() if path.is_dir() else path.unlink()
    hosts.rmdir()
    os.mkfifo(hosts)
    is_read("Operation not supported")
    hosts.unlink()
    hosts.symlink_to(hosts)
    is_read("Too many levels of symbolic links")
    assert client.lease().yiaddr == "10.77.0.150"


@pytest.mark.lanlord_only("it reads as its own user")
def test_a_folder_that_only_root_may_enter_is_read_whole(lab, client):
    folder = lab.dir / "hosts"
    folder.mkdir()
    (folder / "sub").mkdir()
    (folder / "one").write_text(f"{client.mac},10.77.0.150\n")
    folder.chmod(0o700)
    lab.start(RANGE + f"dhcp-hostsfile={folder}\n")
    assert client.lease().yiaddr == "10.77.0.150"
    assert "cannot read" not in lab.log()
