# SPDX-License-Identifier: ISC
"""DNS questions from words and DNS answers to lines, for tables that people read.

A question: NAME TYPE, then any of: class=CH, opcode=4, edns=1232, do, cd, ad, z, -rd, tcp,
to=ADDRESS, limit=512.  An answer: a line with the rcode and the flags, a line for each record, and a
line for what the OPT record says.
"""

import random
import socket
import struct

TYPES = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "PTR": 12, "HINFO": 13, "MX": 15, "TXT": 16,
         "AAAA": 28, "SRV": 33, "NAPTR": 35, "DS": 43, "RRSIG": 46, "DNSKEY": 48, "HTTPS": 65,
         "ANY": 255, "AXFR": 252, "IXFR": 251, "CAA": 257}
TYPE_NAMES = {number: name for name, number in TYPES.items()}
CLASSES = {"IN": 1, "CH": 3, "HS": 4, "ANY": 255}
RCODES = ["NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"]
FLAGS = [(0x0400, "aa"), (0x0200, "tc"), (0x0100, "rd"), (0x0080, "ra"), (0x0040, "z"),
         (0x0020, "ad"), (0x0010, "cd")]
SECTIONS = ["an", "ns", "ar"]
OPT = 41


def name_bytes(name):
    if name == ".":
        return b"\0"
    labels = [label.encode("latin-1") for label in name.rstrip(".").split(".")]
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def type_number(name):
    return TYPES[name] if name in TYPES else int(name)


def question(words, ident):
    """The message that these words ask for, and how to send it."""
    name, kind, *more = words.split()
    how = dict(word.split("=", 1) if "=" in word else (word, "") for word in more)
    flags = 0 if "-rd" in how else 0x0100
    flags |= 0x0010 if "cd" in how else 0
    flags |= 0x0020 if "ad" in how else 0
    flags |= 0x0040 if "z" in how else 0
    flags |= int(how.get("opcode", 0)) << 11
    class_of = CLASSES[how.get("class", "IN")]
    additional = b""
    if "edns" in how:
        ttl = (0x8000 if "do" in how else 0) | int(how.get("version", 0)) << 16
        additional = b"\0" + struct.pack(">HHIH", OPT, int(how["edns"]), ttl, 0)
    header = struct.pack(">6H", ident, flags, 1, 0, 0, 1 if additional else 0)
    return header + name_bytes(name) + struct.pack(">HH", type_number(kind), class_of) + additional, how


def text_of_label(label):
    return "".join(chr(c) if 33 <= c < 127 and c not in b".\\" else f"\\{c:03d}" for c in label)


class Message:
    """Reads a reply from its front to its end."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        if self.at + count > len(self.data):
            raise ValueError("the reply ends too early")
        self.at += count
        return self.data[self.at - count:self.at]

    def numbers(self, layout):
        return struct.unpack(">" + layout, self.take(struct.calcsize(">" + layout)))

    def name(self):
        labels, back, hops = [], None, 0
        while True:
            (length,) = self.numbers("B")
            if length >= 0xc0:
                (low,) = self.numbers("B")
                back = self.at if back is None else back
                self.at = (length & 0x3f) << 8 | low
                hops += 1
                if hops > 127:
                    raise ValueError("a name points in circles")
            elif length:
                labels.append(text_of_label(self.take(length)))
            else:
                break
        self.at = self.at if back is None else back
        return ".".join(labels) or "."

    def strings(self, end):
        out = []
        while self.at < end:
            (length,) = self.numbers("B")
            out.append('"' + self.take(length).decode("latin-1").replace('"', '\\"') + '"')
        return " ".join(out)

    def rdata(self, kind, length):
        end = self.at + length
        if kind in ("A", "AAAA") and length in (4, 16):
            text = socket.inet_ntop(socket.AF_INET if length == 4 else socket.AF_INET6,
                                    self.take(length))
        elif kind in ("NS", "CNAME", "PTR"):
            text = self.name()
        elif kind == "SOA":
            text = f"{self.name()} {self.name()} " + " ".join(map(str, self.numbers("IIIII")))
        elif kind == "MX":
            text = f"{self.numbers('H')[0]} {self.name()}"
        elif kind == "SRV":
            text = " ".join(map(str, self.numbers("HHH"))) + " " + self.name()
        elif kind == "TXT":
            text = self.strings(end)
        else:
            text = "\\# " + self.take(length).hex()
        if self.at != end:
            raise ValueError(f"{kind}: {end - self.at} bytes are left")
        return text


def edns_text(size, ttl, options):
    words = [f"edns {size}"]
    if ttl >> 16 & 0xff:
        words.append(f"version={ttl >> 16 & 0xff}")
    if ttl >> 24:
        words.append(f"high={ttl >> 24}")
    if ttl & 0x8000:
        words.append("do")
    while options:
        code, length = struct.unpack(">HH", options[:4])
        value, options = options[4:4 + length], options[4 + length:]
        words.append(f"ede={int.from_bytes(value[:2], 'big')}" if code == 15
                     else f"option{code}={value.hex()}")
    return " ".join(words)


def answer_lines(data, asked):
    """The lines of a reply to this message; ValueError where it is none."""
    m = Message(data)
    ident, flags, questions, *counts = m.numbers("HHHHHH")
    if ident != int.from_bytes(asked[:2], "big") or not flags & 0x8000:
        raise ValueError("not a reply to it")
    words = [RCODES[flags & 15] if flags & 15 < len(RCODES) else f"rcode{flags & 15}"]
    if flags >> 11 & 15:
        words.append(f"opcode={flags >> 11 & 15}")
    words += [word for bit, word in FLAGS if flags & bit]
    if questions != 1:
        words.append(f"questions={questions}")
    for _ in range(questions):
        start = m.at
        m.name()
        m.numbers("HH")
        if data[start:m.at] != asked[start:m.at]:
            words.append("another-question")
    lines, last = [" ".join(words)], []
    for section, count in zip(SECTIONS, counts):
        for _ in range(count):
            owner = m.name()
            kind, class_of, ttl, length = m.numbers("HHIH")
            if kind == OPT:
                last.append(edns_text(class_of, ttl, m.take(length)))
                continue
            kind = TYPE_NAMES.get(kind, str(kind))
            shown = kind if class_of == 1 else f"class{class_of} {kind}"
            lines.append(f"{section} {owner} {ttl} {shown} {m.rdata(kind, length)}".rstrip())
    if m.at != len(data):
        lines.append(f"{len(data) - m.at} bytes too many")
    return lines + last


def ask(words, server, timeout=2):
    """Sends the question to (address, port); the lines of the reply, or ["nothing"]."""
    message, how = question(words, random.randrange(65536))
    server = (how.get("to", server[0]), server[1])
    family = socket.AF_INET6 if ":" in server[0] else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM if "tcp" in how else socket.SOCK_DGRAM) as s:
        s.settimeout(timeout)
        if "from" in how:
            s.bind((how["from"], 0))
        try:
            s.connect(server)
            if "tcp" not in how:
                s.send(message)
                return answer_lines(s.recv(65535), message)
            s.sendall(struct.pack(">H", len(message)) + message)
            with s.makefile("rb") as stream:
                (length,) = struct.unpack(">H", stream.read(2))
                return answer_lines(stream.read(length), message)
        except (TimeoutError, ConnectionError, struct.error):
            return ["nothing"]
