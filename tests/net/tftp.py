# SPDX-License-Identifier: ISC
"""A TFTP client that shows every packet (RFC 1350, 2347, 2348, 2349)."""

import dataclasses
import socket
import struct

from lab import SERVER_IP, inside

RRQ, WRQ, DATA, ACK, ERROR, OACK = range(1, 7)


@dataclasses.dataclass
class Packet:
    kind: int
    block: int = None
    body: bytes = b""
    options: dict = None
    port: int = None

    @property
    def error(self):
        """The code of an ERROR packet."""
        assert self.kind == ERROR, self
        return self.block


def packet_read(data, port):
    kind, rest = struct.unpack("!H", data[:2])[0], data[2:]
    if kind == OACK:
        words = rest.split(b"\0")
        assert words.pop() == b"" and len(words) % 2 == 0
        return Packet(kind, options=dict(zip(words[::2], words[1::2])), port=port)
    return Packet(kind, struct.unpack("!H", rest[:2])[0], rest[2:], port=port)


class Tftp:
    """One transfer: a socket in the host's namespace."""

    def __init__(self, host, server=SERVER_IP):
        self.server = server
        self.port = 69
        with inside(host.namespace):
            self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.settimeout(5)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data, port=None):
        self.socket.sendto(data, (self.server, port or self.port))

    def request(self, name, mode=b"octet", kind=RRQ, **options):
        """Sends a request; returns the first answer.  NAME is bytes, put there as it is."""
        words = [name, mode]
        for key, value in options.items():
            words += [key.encode(), str(value).encode()]
        self.send(struct.pack("!H", kind) + b"".join(word + b"\0" for word in words), port=69)
        return self.receive()

    def receive(self, timeout=5):
        self.socket.settimeout(timeout)
        data, (_, self.port) = self.socket.recvfrom(65536)
        return packet_read(data, self.port)

    def acknowledge(self, block):
        self.send(struct.pack("!HH", ACK, block & 0xFFFF))

    def rest(self, packet, block_size=512):
        """The file from its first packet on (DATA 1, or an OACK), acknowledging each block."""
        parts, number = [], 1
        if packet.kind == OACK:
            self.acknowledge(0)
            packet = self.receive()
        while True:
            assert (packet.kind, packet.block) == (DATA, number & 0xFFFF), packet
            parts.append(packet.body)
            self.acknowledge(number)
            if len(packet.body) < block_size:
                return b"".join(parts)
            number += 1
            packet = self.receive()
