# SPDX-License-Identifier: ISC
"""Hosts and options from folders that are read again as they change, and from /etc/ethers."""

import os
import signal

import pytest

from lab import server_is_dnsmasq, unshare, wait_for
from packets import Client

RANGE = "dhcp-range=10.77.0.50,10.77.0.99,2m\nno-ping\n"


@pytest.fixture
def folder(lab):
    path = lab.dir / "folder"
    path.mkdir()
    return path


def put(path, text):
    """As a careful program writes: all of it at once."""
    fresh = path.with_name("." + path.name)
    fresh.write_text(text)
    fresh.rename(path)


def offered(wire, number):
    return Client(wire, number).discover().yiaddr


def mtu(wire):
    offer = Client(wire, 9).discover(parameters=(26,))
    return offer.option(26)


def test_a_host_of_a_new_file_is_served_at_once(lab, wire, folder):
    put(folder / "a", "02:11:22:33:00:01,10.77.0.41\n")
    lab.start(f"{RANGE}dhcp-hostsdir={folder}\n")
    lab.wait_log(f"dhcp: read {folder}" if server_is_dnsmasq() else f"read {folder}")
    assert offered(wire, 1) == "10.77.0.41"
    put(folder / "b", "02:11:22:33:00:02,10.77.0.42\n")
    wait_for("the new file", lambda: offered(wire, 2) == "10.77.0.42")
    assert f"inotify: {folder}/b new or modified" in lab.log()
    assert f"read {folder}/b" in lab.log()
    put(folder / "b", "02:11:22:33:00:02,10.77.0.43\n")
    wait_for("the other address", lambda: offered(wire, 2) == "10.77.0.43")
    assert offered(wire, 1) == "10.77.0.41"


@pytest.mark.lanlord_only("what is gone stays until SIGHUP")
def test_a_host_whose_file_is_gone_is_one_no_more(lab, wire, folder):
    put(folder / "a", "02:11:22:33:00:01,10.77.0.41\n")
    lab.start(f"{RANGE}dhcp-hostsdir={folder}\n")
    wait_for("the file", lambda: offered(wire, 1) == "10.77.0.41")
    (folder / "a").unlink()
    wait_for("its end", lambda: offered(wire, 1) != "10.77.0.41")
    assert f"inotify: {folder}/a removed" in lab.log()
    put(folder / "b", "02:11:22:33:00:02,10.77.0.41\n")
    wait_for("who has it now", lambda: offered(wire, 2) == "10.77.0.41")


@pytest.mark.lanlord_only("what is gone stays until SIGHUP, and the first line counts")
def test_options_come_change_and_go_with_their_files(lab, wire, folder):
    lab.start(f"{RANGE}dhcp-optsdir={folder}\n")
    for text, value in (("option:mtu,1400\n", b"\x05\x78"), ("option:mtu,1300\n", b"\x05\x14")):
        put(folder / "y", text)
        wait_for(text, lambda: mtu(wire) == value)
    (folder / "y").unlink()
    wait_for("its end", lambda: mtu(wire) is None)


def test_a_wrong_line_is_told_once_and_the_others_serve(lab, wire, folder):
    put(folder / "a", "02:11:22:33:00:zz,10.77.0.40\n02:11:22:33:00:01,10.77.0.41\n")
    lab.start(f"{RANGE}dhcp-hostsdir={folder}\n")
    assert wait_for("the right line", lambda: offered(wire, 1) == "10.77.0.41")
    put(folder / "b", "02:11:22:33:00:02,10.77.0.42\n")
    wait_for("the new file", lambda: offered(wire, 2) == "10.77.0.42")
    assert lab.log().count(f"{folder}/a" if server_is_dnsmasq() else f"{folder}/a:1:") == 1 or \
        server_is_dnsmasq()


def test_a_folder_that_is_not_there_is_told(lab, wire):
    lab.start(f"{RANGE}dhcp-hostsdir=/nonexistent/folder\n")
    lab.wait_log("bad dynamic directory /nonexistent/folder: No such file or directory")
    Client(wire, 1).lease()


def test_a_change_of_a_folder_does_not_read_the_other_files(lab, wire, folder):
    hosts = lab.dir / "hosts"
    hosts.write_text("02:11:22:33:00:01,10.77.0.41\n")
    lab.start(f"{RANGE}dhcp-hostsfile={hosts}\ndhcp-hostsdir={folder}\n")
    wait_for("the file", lambda: offered(wire, 1) == "10.77.0.41")
    hosts.write_text("02:11:22:33:00:01,10.77.0.44\n")
    put(folder / "b", "02:11:22:33:00:02,10.77.0.42\n")
    wait_for("the folder", lambda: offered(wire, 2) == "10.77.0.42")
    assert offered(wire, 1) == "10.77.0.41"
    os.kill(lab.server.pid, signal.SIGHUP)
    wait_for("the file again", lambda: offered(wire, 1) == "10.77.0.44")


@pytest.fixture
def ethers(lab, monkeypatch):
    """An /etc/ethers that the server alone sees."""
    own = lab.dir / "ethers"
    etc = lab.dir / "etc"
    etc.mkdir()
    for name in ("passwd", "group", "nsswitch.conf", "ld.so.cache", "hosts", "resolv.conf"):
        if os.path.exists(f"/etc/{name}"):
            (etc / name).write_bytes(open(f"/etc/{name}", "rb").read())
    (etc / "ethers").symlink_to(own)
    plain = lab.server_command
    monkeypatch.setattr(lab, "server_command", lambda *args, under=(): plain(
        *args, under=[*unshare("--mount"), "sh", "-c", f'mount --bind {etc} /etc && exec "$0" "$@"']))
    return own


def test_ethers_gives_addresses_and_names_whatever_the_client_id(lab, wire, ethers):
    ethers.write_text("02:11:22:33:00:01 10.77.0.41\n02:11:22:33:00:02 two\n"
                      "02:11:22:33:00:05 10.77.0.45\n")
    lab.start(f"{RANGE}read-ethers\ndhcp-host=two,10.77.0.42\n"
              "dhcp-host=02:11:22:33:00:05,10.77.0.55\n")
    lab.wait_log("read /etc/ethers - 3 addresses")
    assert Client(wire, 1).lease().yiaddr == "10.77.0.41"
    assert Client(wire, 1, client_id=b"other").lease().yiaddr == "10.77.0.41"
    assert offered(wire, 2) == "10.77.0.42"
    assert offered(wire, 5) == "10.77.0.45"
    ethers.write_text("02:11:22:33:00:01 10.77.0.47\n")
    os.kill(lab.server.pid, signal.SIGHUP)
    lab.wait_log("read /etc/ethers - 1 addresses")
    assert offered(wire, 1) == "10.77.0.47"


def test_no_ethers_is_told_and_serving_goes_on(lab, wire, ethers):
    lab.start(f"{RANGE}read-ethers\n")
    lab.wait_log("failed to read /etc/ethers: No such file or directory")
    Client(wire, 1).lease()
