# SPDX-License-Identifier: ISC
"""HTTP boot files, by curl and byte by byte."""

import email.utils
import os
import socket

import pytest

from lab import SERVER_IP, inside
from test_tftp import attacks, files_make

pytestmark = pytest.mark.lanlord_only("it has no HTTP")


class Web:
    def __init__(self, lab, text=""):
        self.lab, self.root = lab, lab.dir / "files"
        files_make(self.root)
        (self.root / "boot.ipxe").write_text("#!ipxe\n")
        self.host = lab.host(address="10.77.0.9/24")
        lab.start(f"http-root={self.root}\n" + text)

    def curl(self, path, *options, port=80):
        """(status, headers, body)"""
        done = self.host.run("curl", "-sS", "--max-time", 20, "--path-as-is", "-D", "headers",
                             "-o", "body", *options, f"http://{SERVER_IP}:{port}{path}")
        assert done.returncode == 0, done.stderr
        status, *lines = (self.host.dir / "headers").read_text().splitlines()
        headers = {key.lower(): value.strip() for key, _, value in
                   (line.partition(":") for line in lines) if key}
        body = self.host.dir / "body"
        content = body.read_bytes() if body.exists() else b""
        body.unlink(missing_ok=True)
        return int(status.split()[1]), headers, content

    def bytes_of(self, name):
        return (self.root / name).read_bytes()

    def raw(self, request):
        """What comes back for these bytes, up to the end of the connection or 2 s of silence."""
        with inside(self.host.namespace):
            connection = socket.create_connection((SERVER_IP, 80), timeout=2)
        got = b""
        with connection:
            connection.sendall(request)
            try:
                while part := connection.recv(65536):
                    got += part
            except TimeoutError:
                pass
        return got


@pytest.fixture(scope="module")
def web(module_lab):
    return Web(module_lab)


@pytest.mark.parametrize("name", ["empty", "b511", "b513", "mega", "sub/deep"])
def test_get_sends_the_file(web, name):
    status, headers, body = web.curl(f"/{name}")
    assert (status, body) == (200, web.bytes_of(name))
    assert headers["content-length"] == str(len(body))
    written = email.utils.parsedate_to_datetime(headers["last-modified"]).timestamp()
    assert written == int((web.root / name).stat().st_mtime)


def test_head_sends_the_size_but_no_body(web):
    status, headers, body = web.curl("/mega", "--head")
    assert (status, headers["content-length"]) == (200, "1048576")
    answer = web.raw(b"HEAD /mega HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert answer.endswith(b"\r\n\r\n")


@pytest.mark.parametrize("asked, start, end", [
    ("0-99", 0, 100), ("100-199", 100, 200), ("1048575-", 1048575, 1048576),
    ("-10", 1048566, 1048576), ("1048000-9999999", 1048000, 1048576)])
def test_a_range_is_sent_as_partial_content(web, asked, start, end):
    status, headers, body = web.curl("/mega", "--range", asked)
    assert (status, body) == (206, web.bytes_of("mega")[start:end])
    assert headers["content-range"] == f"bytes {start}-{end - 1}/1048576"


def test_a_range_past_the_end_is_416(web):
    status, headers, _ = web.curl("/mega", "--range", "1048576-")
    assert (status, headers["content-range"]) == (416, "bytes */1048576")


def test_a_broken_download_is_resumed(web):
    (web.host.dir / "part").write_bytes(web.bytes_of("mega")[:500000])
    done = web.host.run("curl", "-sS", "-C", "-", "-o", "part", f"http://{SERVER_IP}/mega")
    assert done.returncode == 0
    assert (web.host.dir / "part").read_bytes() == web.bytes_of("mega")


def test_a_missing_file_is_404(web):
    assert web.curl("/nowhere")[0] == 404


def test_a_folder_is_not_a_file(web):
    assert web.curl("/sub")[0] in (403, 404)
    assert web.curl("/")[0] in (403, 404)


def test_escapes_in_the_path_are_read(web):
    assert web.curl("/sub%2fdeep")[0] in (200, 404)
    assert web.curl("/%6dega")[2] == web.bytes_of("mega")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_nothing_can_be_written(web, method):
    status, headers, _ = web.curl("/b513", "-X", method, "--data", "x")
    assert status == 405
    assert {word.strip() for word in headers["allow"].split(",")} == {"GET", "HEAD"}
    assert len(web.bytes_of("b513")) == 513


def test_no_path_reaches_outside_the_root(web):
    secrets = (b"secret", b"root:")
    for name in attacks(web.root) + ["%2e%2e/secret", "..%2fsecret", "%2e%2e%2fsecret",
                                     "..%5csecret", "sub/%2e%2e/%2e%2e/secret", "mega%00",
                                     "%00/../secret", "%c0%ae%c0%ae/secret"]:
        if name in (".", "/", "", "sub", "sub/"):
            continue
        path = os.fsencode(name).replace(b" ", b"%20")
        answer = web.raw(b"GET /" + path + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        head, _, body = answer.partition(b"\r\n\r\n")
        assert b" 200 " not in head.split(b"\r\n")[0], (name, head)
        assert not any(secret in body for secret in secrets), name


def test_links_of_the_administrator_are_followed(web):
    assert web.curl("/link")[2] == web.bytes_of("mega")
    assert web.curl("/link-out")[2] == b"secret"


def test_a_file_that_not_everybody_may_read_is_refused(web):
    assert web.curl("/private")[0] in (403, 404)


def test_a_connection_serves_several_requests(web):
    done = web.host.run("curl", "-sS", "-w", "%{num_connects}\n", "-o", "a", "-o", "b", "-o", "c",
                        *[f"http://{SERVER_IP}/{name}" for name in ("b511", "b512", "b513")])
    assert done.stdout == b"1\n0\n0\n"
    assert (web.host.dir / "c").read_bytes() == web.bytes_of("b513")


def test_many_clients_are_served_at_once(web):
    running = [web.host.start("curl", "-sS", "--max-time", 20, "-o", f"many{n}",
                              f"http://{SERVER_IP}/mega") for n in range(50)]
    assert [process.wait(timeout=30) for process in running] == [0] * 50
    for n in range(50):
        assert (web.host.dir / f"many{n}").read_bytes() == web.bytes_of("mega")


def test_a_silent_connection_holds_up_nobody(web):
    with inside(web.host.namespace):
        silent = [socket.create_connection((SERVER_IP, 80), timeout=2) for _ in range(20)]
    try:
        assert web.curl("/b513")[0] == 200
    finally:
        for connection in silent:
            connection.close()


@pytest.mark.parametrize("request_bytes", [
    b"\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\0\1\2\3\r\n\r\n",
    b"GET /" + b"a" * 20000 + b" HTTP/1.1\r\n\r\n",
    b"GET /mega HTTP/1.1\r\nRange: bytes=99999999999999999999-\r\nConnection: close\r\n\r\n",
    b"GET /mega HTTP/1.1\r\nRange: bytes=9-1\r\nConnection: close\r\n\r\n",
], ids=["empty", "no path", "no such version", "no text", "long path", "far range", "backward range"])
def test_a_malformed_request_stops_nothing(web, request_bytes):
    web.raw(request_bytes)
    assert web.curl("/b513")[0] == 200


def test_the_type_of_a_script_is_text(web):
    assert web.curl("/boot.ipxe")[1]["content-type"].startswith("text/plain")
    assert web.curl("/mega")[1]["content-type"] == "application/octet-stream"


def test_http_port_moves_it(lab):
    web = Web(lab, "http-port=8080\n")
    assert web.curl("/b513", port=8080)[2] == web.bytes_of("b513")
    assert web.host.run("curl", "-sS", f"http://{SERVER_IP}/b513").returncode == 7


def test_an_interface_that_is_not_served_is_not_served_by_http(lab):
    lab.bridge_add("br1", "10.78.0.1/24")
    Web(lab, "bind-interfaces\n")
    other = lab.host(bridge="br1", address="10.78.0.9/24")
    assert other.run("curl", "-sS", "--max-time", 5, "http://10.78.0.1/b513").returncode in (7, 52, 56)


def test_a_root_for_one_interface_beats_the_general_one(lab):
    lab.bridge_add("br1", "10.78.0.1/24")
    special = lab.dir / "special"
    special.mkdir()
    (special / "b513").write_bytes(b"special")
    web = Web(lab, f"interface=br1\nhttp-root={special},br1\n")
    other = lab.host(bridge="br1", address="10.78.0.9/24")
    assert other.run("curl", "-sS", "http://10.78.0.1/b513").stdout == b"special"
    assert web.curl("/b513")[2] == web.bytes_of("b513")


def test_with_symlinks_inside_links_may_not_leave_the_root(lab):
    web = Web(lab, "tftp-symlinks=inside\n")
    assert web.curl("/link")[2] == web.bytes_of("mega")
    assert web.curl("/link-out")[0] == 403
