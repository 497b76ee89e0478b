# SPDX-License-Identifier: ISC
"""DHCPv4 packets made and read by hand, so that a test sees every field and every byte.

Nothing here is shared with the server: it is a second reading of RFC 2131 and RFC 2132.
"""

import dataclasses
import itertools
import random
import select
import socket
import struct
import time

from lab import SERVER_IP, inside

DISCOVER, OFFER, REQUEST, DECLINE, ACK, NAK, RELEASE, INFORM = range(1, 9)
BROADCAST_FLAG = 0x8000
BROADCAST_MAC = "ff:ff:ff:ff:ff:ff"
MAGIC = bytes.fromhex("63825363")
UNSET = "0.0.0.0"

_xids = itertools.count(random.randrange(1, 1 << 31))


def mac_bytes(mac):
    return bytes.fromhex(mac.replace(":", ""))


def mac_text(raw):
    return raw.hex(":")


def ip_bytes(text):
    return socket.inet_aton(text)


def ip_text(raw):
    return socket.inet_ntoa(raw)


def checksum(data):
    """The Internet checksum; 0 for data that carries its own right one."""
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def requests_of(capture):
    """What clients sent, in the order of a pcap file."""
    data, at = capture.read_bytes(), 24
    while at < len(data):
        size = struct.unpack_from("<I", data, at + 8)[0]
        frame, at = data[at + 16:at + 16 + size], at + 16 + size
        if frame[42] == 1:
            yield frame[42:14 + struct.unpack_from("!H", frame, 16)[0]]


@dataclasses.dataclass
class Message:
    """A DHCP message; for a received one also how it travelled."""

    op: int
    htype: int
    hlen: int
    hops: int
    xid: int
    secs: int
    flags: int
    ciaddr: str
    yiaddr: str
    siaddr: str
    giaddr: str
    chaddr: bytes
    sname: bytes
    file: bytes
    options: list
    size: int
    eth_dst: str = None
    ip_src: str = None
    ip_dst: str = None
    src_port: int = None
    dst_port: int = None

    def option(self, code):
        """The bytes of an option, or None.  An option that comes twice is joined (RFC 3396)."""
        parts = [body for c, body in self.options if c == code]
        return b"".join(parts) if parts else None

    @property
    def codes(self):
        return [code for code, _ in self.options]

    @property
    def type(self):
        return self.option(53)[0]

    @property
    def server_id(self):
        return ip_text(self.option(54))

    @property
    def lease_time(self):
        return struct.unpack("!I", self.option(51))[0]

    @property
    def message(self):
        """Option 56: why a NAK was sent."""
        return self.option(56).decode()


def options_read(data):
    options = []
    at = 0
    while at < len(data) and data[at] != 255:
        if data[at] == 0:
            at += 1
            continue
        length = data[at + 1]
        assert at + 2 + length <= len(data), "an option runs past the end"
        options.append((data[at], data[at + 2:at + 2 + length]))
        at += 2 + length
    assert at < len(data), "no end option"
    return options


def message_read(data):
    assert data[236:240] == MAGIC
    op, htype, hlen, hops, xid, secs, flags = struct.unpack("!BBBBIHH", data[:12])
    ciaddr, yiaddr, siaddr, giaddr = (ip_text(data[i:i + 4]) for i in range(12, 28, 4))
    return Message(op, htype, hlen, hops, xid, secs, flags, ciaddr, yiaddr, siaddr, giaddr,
                   chaddr=data[28:44], sname=data[44:108].rstrip(b"\0"),
                   file=data[108:236].rstrip(b"\0"), options=options_read(data[240:]),
                   size=len(data))


def message_write(mac, options, *, op=1, hops=0, xid=0, secs=0, flags=0, ciaddr=UNSET,
                  giaddr=UNSET, htype=1):
    """OPTIONS is a list of (code, bytes), written in that order."""
    chaddr = mac_bytes(mac)
    data = struct.pack("!BBBBIHH", op, htype, len(chaddr), hops, xid, secs, flags)
    data += ip_bytes(ciaddr) + bytes(8) + ip_bytes(giaddr) + chaddr.ljust(16, b"\0")
    data += bytes(64 + 128) + MAGIC
    for code, body in options:
        data += bytes([code, len(body)]) + body
    return (data + b"\xff").ljust(300, b"\0")


def frame_write(payload, *, src_mac, dst_mac, src_ip, dst_ip, src_port=68, dst_port=67):
    udp_length = 8 + len(payload)
    udp = struct.pack("!HHHH", src_port, dst_port, udp_length, 0) + payload
    pseudo = ip_bytes(src_ip) + ip_bytes(dst_ip) + struct.pack("!BBH", 0, 17, udp_length)
    udp = udp[:6] + struct.pack("!H", checksum(pseudo + udp) or 0xFFFF) + udp[8:]
    header = struct.pack("!BBHHHBBH", 0x45, 0, 20 + udp_length, 0, 0, 64, 17, 0)
    header += ip_bytes(src_ip) + ip_bytes(dst_ip)
    header = header[:10] + struct.pack("!H", checksum(header)) + header[12:]
    return mac_bytes(dst_mac) + mac_bytes(src_mac) + b"\x08\x00" + header + udp


def frame_read(frame):
    """A received frame as a Message, or None when it is not from a DHCP server."""
    if frame[12:14] != b"\x08\x00" or frame[23] != 17:
        return None
    header_length = (frame[14] & 15) * 4
    total = struct.unpack("!H", frame[16:18])[0]
    header, udp = frame[14:14 + header_length], frame[14 + header_length:14 + total]
    src_port, dst_port, length, udp_sum = struct.unpack("!HHHH", udp[:8])
    if src_port != 67 or len(udp) < 8 + 240:
        return None
    assert checksum(header) == 0, "wrong IP checksum"
    assert length == len(udp), "wrong UDP length"
    pseudo = header[12:20] + struct.pack("!BBH", 0, 17, length)
    assert udp_sum == 0 or checksum(pseudo + udp) == 0, "wrong UDP checksum"
    message = message_read(udp[8:])
    message.eth_dst = mac_text(frame[:6])
    message.ip_src, message.ip_dst = ip_text(header[12:16]), ip_text(header[16:20])
    message.src_port, message.dst_port = src_port, dst_port
    return message


def option_ip(code, address):
    return (code, ip_bytes(address))


class Wire:
    """A raw socket on a host's eth0: sends as any MAC address, sees every answer."""

    def __init__(self, host):
        self.host = host
        self.seen = []
        self.held = {}  # addresses that clients here use: they answer for them by ARP
        with inside(host.namespace):
            self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800))
            self.socket.bind(("eth0", 0x0800))
            self.arp = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0806))
            self.arp.bind(("eth0", 0x0806))
        # So that frames to the many MAC addresses that a test makes up are seen.
        with inside(host.namespace):
            membership = struct.pack("iHH8s", socket.if_nametoindex("eth0"), 1, 0, b"")
        self.socket.setsockopt(263, 1, membership)

    def close(self):
        self.socket.close()
        self.arp.close()

    def arp_answer(self):
        """A client that has an address says so when it is asked, as every IP stack does."""
        frame = self.arp.recv(4096)
        asked, sender = frame[38:42], frame[22:32]
        mac = self.held.get(socket.inet_ntoa(asked))
        if mac and frame[20:22] == b"\0\1":
            own = bytes.fromhex(mac.replace(":", ""))
            self.arp.send(frame[6:12] + own + frame[12:20] + b"\0\2" + own + asked + sender)

    def send(self, payload, src_mac, **how):
        how = {"dst_mac": BROADCAST_MAC, "src_ip": UNSET, "dst_ip": "255.255.255.255"} | how
        self.socket.send(frame_write(payload, src_mac=src_mac, **how))

    def receive(self, xid, timeout=5):
        """The next answer to this transaction, or None."""
        deadline = time.monotonic() + timeout
        while True:
            left = deadline - time.monotonic()
            ready = select.select([self.socket, self.arp], [], [], max(left, 0))[0]
            if not ready:
                return None
            if self.arp in ready:
                self.arp_answer()
            if self.socket not in ready:
                continue
            message = frame_read(self.socket.recv(4096))
            if message and message.op == 2:
                self.seen.append(message)
                if message.xid == xid:
                    return message


class Client:
    """One DHCP client, made of its MAC address; several may share a wire."""

    PARAMETERS = (1, 3, 6, 12, 15, 28, 51, 58, 59)

    def __init__(self, wire, number, mac=None, client_id=None, options=()):
        self.wire = wire
        self.mac = mac or f"02:11:22:33:{number >> 8:02x}:{number & 255:02x}"
        self.always = list(options)
        if client_id:
            self.always.append((61, client_id))

    def send(self, kind, options=(), *, parameters=None, how=None, **fields):
        """Sends a message of this kind; returns its xid."""
        xid = fields.pop("xid", None) or next(_xids)
        every = [(53, bytes([kind])), *self.always, *options]
        if parameters is None:
            parameters = self.PARAMETERS
        if parameters:
            every.append((55, bytes(parameters)))
        if "ciaddr" in fields:
            self.wire.held[fields["ciaddr"]] = self.mac
        self.wire.send(message_write(self.mac, every, xid=xid, **fields), self.mac, **(how or {}))
        return xid

    def ask(self, kind, options=(), timeout=5, **more):
        """Sends, and returns the answer; None when there is none within the time."""
        return self.wire.receive(self.send(kind, options, **more), timeout)

    def discover(self, options=(), **more):
        return self.ask(DISCOVER, options, **more)

    def request(self, address, server=SERVER_IP, options=(), **more):
        """SELECTING: answers an offer."""
        return self.ask(REQUEST, [option_ip(50, address), option_ip(54, server), *options], **more)

    def reboot(self, address, **more):
        """INIT-REBOOT: "I had this address before"."""
        return self.ask(REQUEST, [option_ip(50, address)], **more)

    def renew(self, address, **more):
        """RENEWING: unicast, from the address itself."""
        how = {"src_ip": address, "dst_ip": SERVER_IP}
        return self.ask(REQUEST, ciaddr=address, how=how, **more)

    def release(self, address, server=SERVER_IP):
        """Gives the address back; nobody answers."""
        how = {"src_ip": address, "dst_ip": server}
        return self.send(RELEASE, [option_ip(54, server)], parameters=(), ciaddr=address, how=how)

    def rebind(self, address, **more):
        """REBINDING: the same, but broadcast."""
        return self.ask(REQUEST, ciaddr=address, how={"src_ip": address}, **more)

    def lease(self, options=(), **more):
        """DISCOVER, OFFER, REQUEST, ACK; returns the ACK."""
        offer = self.discover(options, **more)
        assert offer is not None and offer.type == OFFER, offer
        ack = self.request(offer.yiaddr, options=options, **more)
        assert ack is not None and ack.type == ACK, ack
        return ack

    def gets_silence(self, kind, options=(), **more):
        """Whether nothing is said to this message.

        No waiting: another client then gets a lease, and servers answer in order.
        """
        xid = self.send(kind, options, **more)
        Client(self.wire, 0xFFFE).lease()
        return all(message.xid != xid for message in self.wire.seen)
