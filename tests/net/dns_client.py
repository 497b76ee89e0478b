# SPDX-License-Identifier: ISC
"""Questions made byte by byte, and replies as they come, by UDP and TCP."""

import random
import select
import socket
import struct
import time

import dns.exception
import dns.message
import dns.name
import dns.rdatatype

from lab import inside

RD, AD, CD, TC, QR = 0x0100, 0x0020, 0x0010, 0x0200, 0x8000
DO = 0x8000
CLASSES = {"IN": 1, "CH": 3, "HS": 4, "ANY": 255}


def type_number(text):
    return int(dns.rdatatype.from_text(text))


def name_wire(text):
    return dns.name.from_text(text).to_wire()


def opt_record(size=1232, do=False, version=0, options=()):
    """An OPT record; OPTIONS are (code, bytes)."""
    body = b"".join(struct.pack("!HH", code, len(data)) + data for code, data in options)
    return b"\0" + struct.pack("!HHBBHH", 41, size, 0, version, DO if do else 0, len(body)) + body


def query(name, kind="A", *, id=None, flags=RD, opcode=0, klass="IN", opt=None, questions=1,
          tail=b""):
    """A question as bytes.  OPT: an OPT record's bytes."""
    id = random.randrange(65536) if id is None else id
    head = struct.pack("!HHHHHH", id, flags | opcode << 11, questions, 0, 0, 1 if opt else 0)
    number = CLASSES[klass] if klass in CLASSES else int(klass)
    question = name_wire(name) + struct.pack("!HH", type_number(kind), number)
    return head + question * questions + (opt or b"") + tail


def family(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def udp_socket(namespace, source=None, to=None, port=53):
    """A socket of a namespace, bound to an address of it and connected to the server."""
    with inside(namespace):
        sock = socket.socket(family(to or source), socket.SOCK_DGRAM)
    if source:
        sock.bind((source, 0))
    if to:
        sock.connect((to, port))
    return sock


def udp_hear(sock, id, timeout):
    """The next reply with this ID, or None."""
    deadline = time.monotonic() + timeout
    while select.select([sock], [], [], max(deadline - time.monotonic(), 0))[0]:
        try:
            wire = sock.recv(65535)
        except ConnectionError:
            return None
        if wire[:2] == struct.pack("!H", id):
            return wire
    return None


def tcp_socket(namespace, source, to, port=53, timeout=5):
    with inside(namespace):
        sock = socket.socket(family(to), socket.SOCK_STREAM)
    sock.settimeout(timeout)
    if source:
        sock.bind((source, 0))
    sock.connect((to, port))
    return sock


def tcp_send(sock, *wires):
    sock.sendall(b"".join(struct.pack("!H", len(wire)) + wire for wire in wires))


def _exactly(sock, count):
    data = b""
    while len(data) < count:
        more = sock.recv(count - len(data))
        if not more:
            return None
        data += more
    return data


def tcp_hear(sock):
    """The next reply; None where the connection ends, or nothing comes in time."""
    try:
        length = _exactly(sock, 2)
        return length and _exactly(sock, struct.unpack("!H", length)[0])
    except OSError:
        return None


def read(wire):
    """The reply as dnspython's message, one record a set; None where it is no message."""
    try:
        return wire and dns.message.from_wire(wire, one_rr_per_rrset=True, ignore_trailing=True)
    except (dns.exception.DNSException, ValueError):
        return None


def addresses(message):
    """The addresses of an answer, in their order."""
    return [record[0].address for record in message.answer
            if record.rdtype in (dns.rdatatype.A, dns.rdatatype.AAAA)]


class Asker:
    """Asks a server from one address, each question from a new port."""

    def __init__(self, host, to, source=None):
        self.host, self.to, self.source = host, to, source

    def udp(self, name, kind="A", timeout=5, port=53, **how):
        wire = query(name, kind, **how)
        with udp_socket(self.host.namespace, self.source, self.to, port) as sock:
            sock.send(wire)
            return read(udp_hear(sock, struct.unpack("!H", wire[:2])[0], timeout))

    def tcp(self, name, kind="A", timeout=5, port=53, **how):
        try:
            with tcp_socket(self.host.namespace, self.source, self.to, port, timeout) as sock:
                tcp_send(sock, query(name, kind, **how))
                return read(tcp_hear(sock))
        except OSError:
            return None

    def addresses(self, name, kind="A", **how):
        """The addresses of the answer by UDP; None where there is none."""
        reply = self.udp(name, kind, **how)
        return reply and addresses(reply)
