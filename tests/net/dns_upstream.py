# SPDX-License-Identifier: ISC
"""A name server to forward to, which says what it is told to and remembers what it was asked.

What it says is a list of lines:

    www.example.com 300 A 192.0.2.1     a record; "*.wild.example" is a wildcard
    zone example.com 60                 negative answers below carry an SOA with this minimum
    slow.example.com ! delay=0.2        how a name is answered; "*" is any name
    slow.example.com AAAA ! silent      a name and type
    10.77.0.54: www.example.com …       any of these for one of its addresses alone

How a name may be answered:

    servfail refused formerr notimp     that code, and no records
    silent garbage short                nothing; bytes that are no message; a header alone
    back                                the question goes back to whoever asked, as a new one
    lower                               by UDP, with the question in small letters
    delay=SECONDS                       later
    truncate partial                    by UDP with TC set: empty, or with the records that fit
    wrongid wrongport wrongquestion wrongaddress twice
                                        a forged reply with a lie first, then the true one
    noquestion                          without its question
    nosoa noopt formopt ad aa nora      without an SOA; without an OPT record; FORMERR to a query that
                                        has one; with these flags
    reverse double stray glue referral  records the other way round, or each twice; with a record of
                                        another name; with name servers and their addresses; these
                                        alone
    ede=N                               with that extended error
    options=CODE:HEX,…                  with these EDNS options
    size=N version=N flags=0xNNNN rcode=N
                                        with this EDNS size and version, these flags of EDNS, this code
    close drop reset                    by TCP: the connection ends with the answer, with half of it, or
                                        is reset there; what was due later on it is lost
    first=N                             only the first N times
    lie=ADDRESS                         what the forged reply says (203.0.113.66)
"""

import contextlib
import dataclasses
import heapq
import itertools
import selectors
import socket
import struct
import threading
import time

import dns.edns
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.rcode
import dns.rdatatype
import dns.rrset

from lab import inside

RCODES = {"servfail": dns.rcode.SERVFAIL, "refused": dns.rcode.REFUSED,
          "formerr": dns.rcode.FORMERR, "notimp": dns.rcode.NOTIMP}
LIES = ("wrongid", "wrongport", "wrongquestion", "wrongaddress")
CHAIN_MAX = 16
EDNS_SIZE = 1232
LIE = "203.0.113.66"
SO_RCVBUFFORCE = 33


@dataclasses.dataclass(frozen=True)
class Seen:
    """One query, as it came."""

    server: str
    port: int
    transport: str
    source: str
    source_port: int
    id: int
    flags: str
    opcode: int
    question: tuple
    edns: tuple
    wire: bytes = dataclasses.field(repr=False)
    when: float = dataclasses.field(repr=False)


@dataclasses.dataclass
class Behaviour:
    words: dict
    left: int

    def take(self):
        """The words, while they hold."""
        if self.left == 0:
            return {}
        self.left -= 1
        return self.words


def record(name, ttl, kind, data):
    return dns.rrset.from_text(dns.name.from_text(name), ttl, "IN", kind, data)


def behaviour(words):
    found = dict(word.partition("=")[::2] for word in words)
    return Behaviour(found, int(found.get("first", -1)))


def lower(name):
    return dns.name.from_text(name).canonicalize()


class Script:
    """What one server says: the lines that hold for it."""

    def __init__(self):
        self.records = {}
        self.zones = {}
        self.behaviours = {}

    def add(self, line):
        first, *rest = line.split()
        if first == "zone":
            self.zones[lower(rest[0])] = int(rest[1]) if len(rest) > 1 else 300
        elif "!" in rest:
            at = rest.index("!")
            kind = dns.rdatatype.from_text(rest[0]) if at else None
            key = ("*" if first == "*" else lower(first), kind)
            self.behaviours[key] = behaviour(rest[at + 1:])
        else:
            ttl, kind, data = line.split(None, 3)[1:]
            self.records.setdefault(lower(first), []).append(record(first, int(ttl), kind, data))

    def unsay(self, name):
        """Forgets the records and the behaviour of a name."""
        self.records.pop(lower(name), None)
        for key in [key for key in self.behaviours if key[0] == lower(name)]:
            del self.behaviours[key]

    def how(self, name, kind):
        for key in ((name, kind), (name, None), ("*", kind), ("*", None)):
            if key in self.behaviours:
                return self.behaviours[key].take()
        return {}

    def at(self, name):
        """A name's records: its own, or those of a wildcard above it; None where it is not."""
        key = name.canonicalize()
        if key in self.records:
            return self.records[key]
        if any(other.is_subdomain(key) for other in self.records):
            return []
        while len(key) > 1:
            key = key.parent()
            wild = dns.name.Name((b"*",) + key.labels)
            if wild in self.records:
                return [dns.rrset.from_rdata_list(name, r.ttl, list(r))
                        for r in self.records[wild]]
        return None

    def answer(self, reply, name, kind, with_soa):
        """Fills in a reply: the chain of aliases, then the records, or why there are none."""
        for _ in range(CHAIN_MAX):
            records = self.at(name)
            wanted = [r for r in records or [] if kind in (r.rdtype, dns.rdatatype.ANY)]
            signatures = [r for r in records or []
                          if r.rdtype == dns.rdatatype.RRSIG and reply.ednsflags & dns.flags.DO
                          and wanted and r[0].type_covered == wanted[0].rdtype]
            alias = [r for r in records or [] if r.rdtype == dns.rdatatype.CNAME]
            if wanted or not alias:
                reply.answer += wanted + [r for r in signatures if r not in wanted]
                break
            reply.answer += alias
            name = alias[0][0].target
        if records is None:
            reply.set_rcode(dns.rcode.NXDOMAIN)
        if not wanted and with_soa:
            reply.authority += self.soa(name)

    def soa(self, name):
        for zone in sorted(self.zones, key=len, reverse=True):
            if name.is_subdomain(zone):
                return [dns.rrset.from_text(
                    zone, 3600, "IN", "SOA",
                    f"ns.invalid. admin.invalid. 1 3600 600 86400 {self.zones[zone]}")]
        return []


def odd_records(reply, how):
    """What some servers do to an answer."""
    if "reverse" in how:
        reply.answer.reverse()
    if "double" in how:
        reply.answer += reply.answer
    if "stray" in how:
        reply.answer.append(record("stray.example.", 300, "A", LIE))
    if {"glue", "referral"} & how.keys():
        reply.authority = [record("example.com.", 3600, "NS", "ns1.example.com.")]
        reply.additional = [record("ns1.example.com.", 3600, "A", "192.0.2.61")]
    if "referral" in how:
        reply.answer = []


def options_of_text(text):
    """What `options=` says."""
    return [dns.edns.GenericOption(int(code), bytes.fromhex(body))
            for code, _, body in (part.partition(":") for part in text.split(",") if part)]


def options_of(message):
    return tuple((int(option.otype), option.to_wire().hex()) for option in message.options)


def edns_of(message):
    """(version, size, DO, options), or None where there is no OPT record."""
    if message.edns < 0:
        return None
    return (message.edns, message.payload, bool(message.ednsflags & dns.flags.DO),
            options_of(message))


def question_of(message):
    return tuple((q.name.to_text(), dns.rdatatype.to_text(q.rdtype), int(q.rdclass))
                 for q in message.question)


class Upstream:
    """Servers at some addresses of a namespace, in a thread of their own.

    ADDRESSES are texts or (text, port); LINES hold for all unless they say for which.
    """

    def __init__(self, namespace, addresses, lines=()):
        self.addresses = [a if isinstance(a, tuple) else (a, 53) for a in addresses]
        self.seen = []
        self.selector = selectors.DefaultSelector()
        self.later = []
        self.order = itertools.count()
        self.lock = threading.Lock()
        self.sockets = {}
        self.connections = {}
        self.forget()
        self.say(*lines)
        with inside(namespace):
            for address, port in self.addresses:
                self._open(address, port)
            self.liar = {family: self._bound(family, socket.SOCK_DGRAM, host, 0)
                         for family, host in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::"))}
        self.waker, wakened = socket.socketpair()
        self.selector.register(wakened, selectors.EVENT_READ, None)
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    # --- what it says ---------------------------------------------------------------------------

    def forget(self):
        """Says nothing any more, and has seen nothing."""
        with self.lock:
            self.scripts = {address: Script() for address, _ in self.addresses}
            self.seen = []
            self.later = []

    def _scripts_of(self, line):
        address, separator, rest = line.partition(": ")
        if separator and address in self.scripts:
            return [self.scripts[address]], rest
        return self.scripts.values(), line

    def say(self, *lines):
        with self.lock:
            for line in lines:
                scripts, rest = self._scripts_of(line)
                for script in scripts:
                    script.add(rest)

    def unsay(self, name):
        with self.lock:
            for script in self.scripts.values():
                script.unsay(name)

    def asked(self, name=None):
        """The queries that were seen, in their order; those for a name alone."""
        with self.lock:
            seen = list(self.seen)
        return [s for s in seen if name is None or
                [q[0].lower() for q in s.question] == [lower(name).to_text()]]

    # --- sockets --------------------------------------------------------------------------------

    @staticmethod
    def _bound(family, kind, address, port):
        sock = socket.socket(family, kind)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        if kind == socket.SOCK_DGRAM:
            sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 4 << 20)
        sock.bind((address, port))
        sock.setblocking(False)
        return sock

    def _open(self, address, port):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        udp = self._bound(family, socket.SOCK_DGRAM, address, port)
        tcp = self._bound(family, socket.SOCK_STREAM, address, port)
        tcp.listen(64)
        self.sockets[address, port] = (udp, tcp)
        self.selector.register(udp, selectors.EVENT_READ, (self._udp, address, port))
        self.selector.register(tcp, selectors.EVENT_READ, (self._accept, address, port))

    def _run(self):
        while True:
            wait = max(self.later[0][0] - time.monotonic(), 0) if self.later else None
            for key, _ in self.selector.select(wait):
                if key.data is None:
                    return
                handler, *arguments = key.data
                handler(key.fileobj, *arguments)
            self._send_due()

    def _send_due(self):
        while True:
            with self.lock:
                if not self.later or self.later[0][0] > time.monotonic():
                    return
                send = heapq.heappop(self.later)[2]
            with contextlib.suppress(OSError):
                send()

    def close(self):
        self.waker.send(b"x")
        self.thread.join()
        for key in list(self.selector.get_map().values()):
            key.fileobj.close()
        for sock in self.liar.values():
            sock.close()
        self.waker.close()
        self.selector.close()

    # --- one query ------------------------------------------------------------------------------

    def _udp(self, sock, address, port):
        for _ in range(64):
            try:
                wire, source = sock.recvfrom(65535)
            except (BlockingIOError, ConnectionError):
                return
            self._take(wire, "udp", address, port, source,
                       lambda data, _, source=source: sock.sendto(data, source))

    def _accept(self, sock, address, port):
        with contextlib.suppress(OSError):
            connection, source = sock.accept()
            self.connections[connection] = b""
            self.selector.register(connection, selectors.EVENT_READ,
                                   (self._tcp, address, port, source))

    def _tcp(self, connection, address, port, source):
        try:
            data = connection.recv(65535)
        except OSError:
            data = b""
        if not data:
            self._close(connection)
            return
        buffered = self.connections[connection] + data
        while len(buffered) >= 2 and len(buffered) >= 2 + struct.unpack("!H", buffered[:2])[0]:
            size = struct.unpack("!H", buffered[:2])[0]
            self._take(buffered[2:2 + size], "tcp", address, port, source,
                       lambda reply, how: self._send_tcp(connection, reply, how))
            buffered = buffered[2 + size:]
        self.connections[connection] = buffered

    def _close(self, connection):
        self.selector.unregister(connection)
        del self.connections[connection]
        connection.close()

    def _send_tcp(self, connection, reply, how):
        if connection not in self.connections:
            return
        whole = struct.pack("!H", len(reply)) + reply
        connection.sendall(whole[:len(whole) // 2] if {"drop", "reset"} & how.keys() else whole)
        if "reset" in how:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if {"close", "drop", "reset"} & how.keys():
            self._close(connection)

    def _take(self, wire, transport, address, port, source, send):
        try:
            query = dns.message.from_wire(wire)
        except (dns.exception.DNSException, ValueError):
            query = None
        with self.lock:
            self.seen.append(self._seen(wire, query, transport, address, port, source))
            if query is None or not query.question:
                return
            script = self.scripts[address]
            question = query.question[0]
            how = script.how(question.name.canonicalize(), question.rdtype)
            if "silent" in how:
                return
            reply = self._reply(script, query, how, transport)
            due = time.monotonic() + float(how.get("delay", 0))
            for data, sender in self._wires(reply, query, how, transport, address, port, source,
                                            send):
                heapq.heappush(self.later, (due, next(self.order),
                                            lambda data=data, sender=sender: sender(data, how)))

    @staticmethod
    def _seen(wire, query, transport, address, port, source):
        known = query is not None
        return Seen(address, port, transport, source[0], source[1],
                    struct.unpack("!H", wire[:2])[0] if len(wire) > 1 else -1,
                    dns.flags.to_text(query.flags) if known else "",
                    int(query.opcode()) if known else -1,
                    question_of(query) if known else (), edns_of(query) if known else None,
                    wire, time.monotonic())

    @staticmethod
    def _reply(script, query, how, transport):
        reply = dns.message.Message(id=query.id)
        reply.flags = dns.flags.QR | query.flags & (dns.flags.RD | dns.flags.CD)
        reply.flags |= 0 if "nora" in how else dns.flags.RA
        reply.flags |= dns.flags.AD if "ad" in how else 0
        reply.flags |= dns.flags.AA if "aa" in how else 0
        reply.question = [] if "noquestion" in how else list(query.question)
        if "lower" in how and transport == "udp":
            reply.question = [dns.rrset.RRset(q.name.canonicalize(), q.rdclass, q.rdtype)
                              for q in query.question]
        if query.edns >= 0 and not {"noopt", "formopt"} & how.keys():
            options = [dns.edns.GenericOption(15, struct.pack("!H", int(how["ede"])))] \
                if "ede" in how else []
            options += options_of_text(how.get("options", ""))
            flags = int(how["flags"], 0) if "flags" in how else query.ednsflags & dns.flags.DO
            reply.use_edns(int(how.get("version", 0)), flags, int(how.get("size", EDNS_SIZE)),
                           options=options)
        code = next((RCODES[word] for word in how if word in RCODES), None)
        if "formopt" in how and query.edns >= 0:
            code = dns.rcode.FORMERR
        if "rcode" in how:
            code = int(how["rcode"])
        if code is not None:
            reply.set_rcode(code)
        else:
            question = query.question[0]
            script.answer(reply, question.name, question.rdtype, "nosoa" not in how)
        odd_records(reply, how)
        return reply

    def _wires(self, reply, query, how, transport, address, port, source, send):
        """What is sent, and how: the forged replies first."""
        if "garbage" in how:
            return [(reply.to_wire()[:2] + b"\xff" * 40, send)]
        if "short" in how:
            return [(reply.to_wire()[:12], send)]
        if "back" in how:
            udp = self.sockets[address, port][0]
            return [(query.to_wire(), lambda data, _: udp.sendto(data, (source[0], 53)))]
        true = (self._fitted(reply, query, how, transport), send)
        lies = [word for word in LIES if word in how] if transport == "udp" else []
        forged = [self._forged(word, query, how, address, port, source) for word in lies]
        return forged + [true] * (2 if "twice" in how else 1)

    def _forged(self, word, query, how, address, port, source):
        lie = dns.message.make_response(query, recursion_available=True)
        name = query.question[0].name
        if word == "wrongid":
            lie.id ^= 0x5555
        if word == "wrongquestion":
            lie.question = [dns.rrset.RRset(dns.name.from_text("other.example"), 1, 1)]
            name = lie.question[0].name
        lie.answer = [dns.rrset.from_text(name, 600, "IN", "A", how.get("lie", LIE))]
        udp = self.sockets[address, port][0]
        sender = {"wrongport": self.liar[udp.family],
                  "wrongaddress": next((u for (a, p), (u, _) in self.sockets.items()
                                        if a != address and p == port
                                        and u.family == udp.family), udp)}.get(word, udp)
        return lie.to_wire(), lambda data, _: sender.sendto(data, source)

    @staticmethod
    def _fitted(reply, query, how, transport):
        if transport == "tcp":
            return reply.to_wire(max_size=65535)
        limit = max(query.payload, 512) if query.edns >= 0 else 512
        if not {"truncate", "partial"} & how.keys():
            wire = reply.to_wire(max_size=65535)
            if len(wire) <= limit:
                return wire
        reply.flags |= dns.flags.TC
        while "partial" in how and len(reply.answer) > 1:
            reply.answer = reply.answer[:-1]
            wire = reply.to_wire(max_size=65535)
            if len(wire) <= limit:
                return wire
        reply.answer, reply.authority = [], []
        return reply.to_wire()
