# SPDX-License-Identifier: ISC
"""TFTP, by three real clients and packet by packet."""

import os
import random
import signal
import socket
import struct

import pytest

from lab import wait_for
from tftp import ACK, DATA, ERROR, OACK, WRQ, Tftp

SIZES = {"empty": 0, "b511": 511, "b512": 512, "b513": 513, "mega": 1 << 20}
NOT_FOUND, ACCESS, ILLEGAL = 1, 2, 4


def files_make(root):
    """The tree that is served, and beside it what must never be."""
    root.mkdir()
    (root / "sub").mkdir()
    for name, size in SIZES.items():
        (root / name).write_bytes(random.Random(name).randbytes(size))
    (root / "sub" / "deep").write_bytes(b"deep")
    (root / "text").write_bytes(b"one\ntwo\rthree\r\n" + b"x" * 600 + b"\n")
    (root / "private").write_bytes(b"not for everybody")
    (root / "private").chmod(0o600)
    (root.parent / "secret").write_bytes(b"secret")
    (root.parent / f"{root.name}-beside").mkdir()
    (root.parent / f"{root.name}-beside" / "secret").write_bytes(b"secret")
    (root / "link").symlink_to("mega")
    (root / "link-out").symlink_to(root.parent / "secret")


class Served:
    """A server with the files, and a host that fetches from it."""

    def __init__(self, lab, text=""):
        self.lab, self.root = lab, lab.dir / "files"
        files_make(self.root)
        self.host = lab.host(address="10.77.0.9/24")
        lab.start(f"enable-tftp\ntftp-root={self.root}\n" + text)

    def bytes_of(self, name):
        return (self.root / name).read_bytes()

    def first(self, name, **how):
        """The first answer to a request for NAME."""
        with Tftp(self.host) as tftp:
            answer = tftp.request(os.fsencode(name), **how)
            if answer.kind in (DATA, OACK):
                tftp.send(struct.pack("!HH", ERROR, 0) + b"enough\0")
            return answer


@pytest.fixture(scope="module")
def served(module_lab):
    return Served(module_lab)


# --- real clients ---------------------------------------------------------------------------------

def curl(host, name, *options):
    done = host.run("curl", "-sS", "--max-time", 30, *options, "-o", "got",
                    f"tftp://10.77.0.1/{name}")
    return done.returncode


def tftp_hpa(host, name, mode="binary", *options):
    done = host.run("tftp", "-4", *options, "-m", mode, "10.77.0.1", "-c", "get", name, "got")
    return done.returncode


def atftp(host, name, *options):
    done = host.run("atftp", *options, "--get", "-r", name, "-l", "got", "10.77.0.1")
    return done.returncode


CLIENTS = {
    "curl-512": lambda host, name: curl(host, name, "--tftp-blksize", "512"),
    "curl-1468": lambda host, name: curl(host, name, "--tftp-blksize", "1468"),
    "curl-plain": lambda host, name: curl(host, name, "--tftp-no-options"),
    "tftp-hpa": tftp_hpa,
    "atftp": atftp,
    "atftp-1428": lambda host, name: atftp(host, name, "--option", "blksize 1428",
                                           "--option", "tsize 0"),
}


@pytest.mark.parametrize("client, name", [
    (client, name) for client in CLIENTS for name in SIZES
    # curl takes the right answer "tsize 0" for an error, and makes no file of no bytes.
    if not (client.startswith("curl") and name == "empty")])
def test_real_clients_get_files_of_every_size(served, client, name):
    (served.host.dir / "got").unlink(missing_ok=True)
    assert CLIENTS[client](served.host, name) == 0
    assert (served.host.dir / "got").read_bytes() == served.bytes_of(name)


def test_tftp_hpa_in_netascii_restores_the_text(served):
    assert tftp_hpa(served.host, "text", "ascii") == 0
    assert (served.host.dir / "got").read_bytes() == served.bytes_of("text")


def test_block_numbers_roll_over(served):
    """65537 blocks of 512 bytes: the number goes from 65535 to 0, and the file is whole."""
    size = 512 * 65537 + 100
    block = random.Random(7).randbytes(1 << 16)
    (served.root / "huge").write_bytes((block * (size // len(block) + 1))[:size])
    try:
        assert curl(served.host, "huge", "--tftp-blksize", "512") == 0
        assert (served.host.dir / "got").read_bytes() == served.bytes_of("huge")
    finally:
        (served.root / "huge").unlink()


def test_many_clients_are_served_at_once(served):
    hosts = [served.host] * 20
    running = [host.start("curl", "-sS", "--max-time", 30, "-o", f"many{n}",
                          "tftp://10.77.0.1/mega") for n, host in enumerate(hosts)]
    assert [process.wait(timeout=40) for process in running] == [0] * 20
    for n in range(20):
        assert (served.host.dir / f"many{n}").read_bytes() == served.bytes_of("mega")


# --- packet by packet -----------------------------------------------------------------------------

@pytest.mark.parametrize("name", ["empty", "b511", "b512", "b513"])
def test_without_options_blocks_of_512_bytes_end_with_a_short_one(served, name):
    with Tftp(served.host) as tftp:
        assert tftp.rest(tftp.request(name.encode())) == served.bytes_of(name)
        assert tftp.port != 69, "a transfer has a port of its own"


def test_options_are_acknowledged_as_granted(served):
    with Tftp(served.host) as tftp:
        answer = tftp.request(b"mega", blksize=1024, tsize=0)
        assert answer.kind == OACK
        assert answer.options == {b"blksize": b"1024", b"tsize": b"1048576"}
        assert tftp.rest(answer, 1024) == served.bytes_of("mega")


@pytest.mark.parametrize("asked, granted", [(8, 8), (1468, 1468), (1469, 1468), (65464, 1468)])
def test_blksize_is_bounded_by_the_mtu(served, asked, granted):
    assert served.first("mega", blksize=asked).options == {b"blksize": str(granted).encode()}


def test_unknown_options_are_not_acknowledged(served):
    assert served.first("b513", blksize=600, strange=1).options == {b"blksize": b"600"}
    assert served.first("b513", strange=1).kind == DATA


def test_option_names_and_mode_are_case_blind(served):
    assert served.first("b513", mode=b"OcTeT", BLKSIZE=600).options is not None


def test_netascii_turns_line_ends_into_cr_lf(served):
    with Tftp(served.host) as tftp:
        got = tftp.rest(tftp.request(b"text", mode=b"netascii"))
    assert got == b"one\r\ntwo\rthree\r\r\n" + b"x" * 600 + b"\r\n"


def test_a_duplicate_acknowledgement_repeats_nothing(served):
    """The Sorcerer's Apprentice: each block is sent once however often the last is acknowledged."""
    with Tftp(served.host) as tftp:
        assert tftp.request(b"mega").block == 1
        for _ in range(5):
            tftp.acknowledge(1)
        blocks = [tftp.receive().block]
        tftp.acknowledge(2)
        blocks.append(tftp.receive().block)
        with pytest.raises(socket.timeout):
            blocks.append(tftp.receive(timeout=0.2).block)
        assert blocks == [2, 3]
        tftp.send(struct.pack("!HH", ERROR, 0) + b"enough\0")


def test_a_lost_block_is_sent_again(served):
    with Tftp(served.host) as tftp:
        first = tftp.request(b"mega")
        again = tftp.receive(timeout=10)
        assert (again.kind, again.block, again.body) == (DATA, 1, first.body)
        tftp.send(struct.pack("!HH", ERROR, 0) + b"enough\0")


def test_a_stranger_cannot_take_part_in_a_transfer(served):
    with Tftp(served.host) as tftp, Tftp(served.host) as stranger:
        assert tftp.request(b"mega").block == 1
        stranger.send(struct.pack("!HH", ACK, 1), port=tftp.port)
        answer = stranger.receive()
        assert answer.error == 5
        tftp.acknowledge(1)
        assert tftp.receive().block == 2
        tftp.send(struct.pack("!HH", ERROR, 0) + b"enough\0")


def test_a_missing_file_is_error_1_and_logged(served):
    answer = served.first("nowhere")
    assert answer.error == NOT_FOUND
    assert answer.body == f"file {served.root}/nowhere not found for 10.77.0.9\0".encode()
    served.lab.wait_log(f"file {served.root}/nowhere not found for 10.77.0.9")


def test_a_write_request_is_refused(served):
    assert served.first("new", kind=WRQ).error == ILLEGAL
    assert served.first("mega", kind=WRQ).error == ILLEGAL
    assert not (served.root / "new").exists()
    assert len(served.bytes_of("mega")) == 1 << 20


@pytest.mark.parametrize("request_bytes", [
    b"", b"\0", b"\0\1", b"\0\1name", b"\0\1\0\0", b"\0\1name\0", b"\0\1name\0octet",
    b"\0\1name\0mail\0", b"\0\x09name\0octet\0", b"\0\4\0\1", b"\0\1" + b"n" * 1400,
    b"\0\1mega\0octet\0blksize\0", b"\0\1mega\0octet\0blksize\0-1\0",
    b"\0\1mega\0octet\0blksize\00099999999999999999999\0", b"\0\1mega\0octet\0blksize\0007\0",
])
def test_a_malformed_request_stops_nothing(served, request_bytes):
    with Tftp(served.host) as tftp:
        tftp.send(request_bytes)
        with Tftp(served.host) as other:
            assert other.rest(other.request(b"b513")) == served.bytes_of("b513")


# --- names ----------------------------------------------------------------------------------------

def attacks(root):
    above, name = root.parent, root.name
    return [
        "../secret", "/../secret", "sub/../../secret", "./../secret", "..\\secret", "sub\\..\\..\\secret",
        f"../{name}-beside/secret", f"{root}-beside/secret", f"{root}/../secret", f"{above}/secret",
        "/etc/passwd", "//etc/passwd", "///etc/passwd", "\\etc\\passwd", "/etc//passwd",
        "....//secret", "..%2fsecret", "%2e%2e/secret", "sub/..//../secret", "//../secret",
        "../" * 40 + "etc/passwd", "/proc/self/environ", "../../../../proc/self/environ",
        "secret", "..", ".", "/", "", "sub", "sub/", "~/secret", "a" * 4000,
    ]


def test_no_name_reaches_outside_the_root(served):
    for name in attacks(served.root):
        with Tftp(served.host) as tftp:
            answer = tftp.request(os.fsencode(name))
        # (nothing but DATA or OACK would be a leak: both would mean that something was opened)
        assert answer.kind == ERROR, (name, answer)


def test_a_nul_byte_ends_the_name(served):
    with Tftp(served.host) as tftp:
        tftp.send(b"\0\1sub/deep\0/../../secret\0octet\0")
        assert tftp.receive().kind == ERROR, "what follows the name is not a mode"


@pytest.mark.parametrize("name", ["/sub/deep", "sub/deep", "//sub//deep", "\\sub\\deep",
                                  "sub/./deep"])
def test_different_spellings_of_a_name_beneath_the_root_are_found(served, name):
    with Tftp(served.host) as tftp:
        assert tftp.rest(tftp.request(name.encode())) == b"deep"


def test_a_name_that_repeats_the_root_is_found(served):
    with Tftp(served.host) as tftp:
        assert tftp.rest(tftp.request(f"{served.root}/sub/deep".encode())) == b"deep"


def test_a_file_that_not_everybody_may_read_is_refused(served):
    answer = served.first("private")
    assert answer.error in (0, ACCESS)


@pytest.mark.parametrize("name, target", [("link", "mega"), ("link-out", "../secret")])
def test_links_of_the_administrator_are_followed(served, name, target):
    with Tftp(served.host) as tftp:
        assert tftp.rest(tftp.request(name.encode())) == served.bytes_of(target)


@pytest.mark.lanlord_only("it always follows links")
def test_with_symlinks_inside_links_may_not_leave_the_root(lab):
    served = Served(lab, "tftp-symlinks=inside\n")
    assert served.first("link").kind == DATA
    assert served.first("link-out").kind == ERROR


# --- options of the server ------------------------------------------------------------------------

def test_unique_root_serves_each_client_from_its_own_folder(lab):
    served = Served(lab, "tftp-unique-root\n")
    (served.root / "10.77.0.9").mkdir()
    (served.root / "10.77.0.9" / "b513").write_bytes(b"mine")
    with Tftp(served.host) as tftp:
        assert tftp.rest(tftp.request(b"b513")) == b"mine"
    other = lab.host(address="10.77.0.8/24")
    with Tftp(other) as tftp:
        assert tftp.rest(tftp.request(b"b513")) == served.bytes_of("b513")


def test_unique_root_by_mac(lab):
    served = Served(lab, "tftp-unique-root=mac\n")
    folder = served.root / served.host.mac.replace(":", "-")
    folder.mkdir()
    (folder / "b513").write_bytes(b"mine")
    with Tftp(served.host) as tftp:
        assert tftp.rest(tftp.request(b"b513")) == b"mine"


def test_single_port_serves_everything_from_port_69(lab):
    served = Served(lab, "tftp-single-port\n")
    with Tftp(served.host) as first, Tftp(served.host) as second:
        one, two = first.request(b"mega", blksize=1000), second.request(b"b513")
        assert (one.port, two.port) == (69, 69)
        assert second.rest(two) == served.bytes_of("b513")
        assert first.rest(one, 1000) == served.bytes_of("mega")
        assert first.port == second.port == 69


def test_lowercase_finds_what_dos_asks_for(lab):
    served = Served(lab, "tftp-lowercase\n")
    with Tftp(served.host) as tftp:
        assert tftp.rest(tftp.request(b"SUB\\DEEP")) == b"deep"


def test_no_blocksize_never_acknowledges_one(lab):
    served = Served(lab, "tftp-no-blocksize\n")
    assert served.first("mega", blksize=1024).kind == DATA
    assert served.first("mega", blksize=1024, tsize=0).options == {b"tsize": b"1048576"}


def test_the_port_range_is_kept(lab):
    served = Served(lab, "tftp-port-range=40000,40001\n")
    with Tftp(served.host) as first, Tftp(served.host) as second:
        ports = {first.request(b"mega").port, second.request(b"mega").port}
        assert ports == {40000, 40001}


def test_tftp_mtu_bounds_the_block_size(lab):
    served = Served(lab, "tftp-mtu=1000\n")
    assert served.first("mega", blksize=1468).options == {b"blksize": b"968"}


def test_secure_serves_only_files_of_the_servers_user(lab):
    served = Served(lab, "tftp-secure\nuser=nobody\n")
    os.chown(served.root / "b513", 65534, 65534)
    with Tftp(served.host) as tftp:
        assert tftp.rest(tftp.request(b"b513")) == served.bytes_of("b513")
    assert served.first("b512").kind == ERROR


def test_no_fail_starts_without_a_root(lab):
    lab.start(f"enable-tftp\ntftp-root={lab.dir}/not-there\ntftp-no-fail\n")
    host = lab.host(address="10.77.0.9/24")
    with Tftp(host) as tftp:
        assert tftp.request(b"x").kind == ERROR


def test_a_root_for_one_interface_beats_the_general_one(lab):
    lab.bridge_add("br1", "10.78.0.1/24")
    special = lab.dir / "special"
    special.mkdir()
    (special / "b513").write_bytes(b"special")
    served = Served(lab, f"interface=br1\ntftp-root={special},br1\n")
    other = lab.host(bridge="br1", address="10.78.0.9/24")
    with Tftp(other, server="10.78.0.1") as tftp:
        assert tftp.rest(tftp.request(b"b513")) == b"special"
    with Tftp(served.host) as tftp:
        assert tftp.rest(tftp.request(b"b513")) == served.bytes_of("b513")


def test_a_finished_and_an_aborted_transfer_are_logged(lab):
    served = Served(lab)
    with Tftp(served.host) as tftp:
        tftp.rest(tftp.request(b"b513"))
        lab.wait_log(f"tftp: sent {served.root}/b513 to 10.77.0.9")
    with Tftp(served.host) as tftp:
        tftp.request(b"mega", tsize=0)
        tftp.send(struct.pack("!HH", ERROR, 8) + b"User aborted the transfer\0")
        lab.wait_log("tftp: error 8 User aborted the transfer received from 10.77.0.9")


def test_quiet_tftp_says_nothing_of_missing_files(lab):
    served = Served(lab, "quiet-tftp\n")
    served.first("nowhere")
    lab.stop()
    assert "nowhere" not in lab.log()


def test_a_file_replaced_during_a_transfer_does_not_mix_with_the_new_one(lab):
    served = Served(lab)
    old = served.bytes_of("mega")
    with Tftp(served.host) as tftp:
        first = tftp.request(b"mega", blksize=1024)
        replacement = served.root / "new"
        replacement.write_bytes(b"n" * (1 << 20))
        replacement.rename(served.root / "mega")
        assert tftp.rest(first, 1024) == old


def test_the_server_ends_in_the_middle_of_a_transfer_without_delay(lab):
    served = Served(lab)
    with Tftp(served.host) as tftp:
        tftp.request(b"mega")
        served.lab.server.send_signal(signal.SIGTERM)
        wait_for("the server's end", lambda: served.lab.server.poll() is not None, 3)
    assert served.lab.server.returncode == 0
