# SPDX-License-Identifier: ISC
"""What the RFCs ask of whoever answers questions: bytes in, bytes out, at the server as it runs.

RFC 1035 and 2181, EDNS (6891), TCP (7766), negative answers (2308), case (4343), one question
(9619).  What dnsmasq does with the same is in differential_dns/.
"""

import contextlib
import signal
import socket
import struct
import time

import dns.flags
import dns.opcode
import dns.rcode
import dns.rdatatype
import pytest

import dns_client
from dns_net import FORWARD
from lab import SERVER_IP

LOCAL = "host-record=box.lan,10.77.0.9\nlocal=/lan/\ntxt-record=txt.lan,text\n"
QUESTION = dns_client.name_wire("box.lan") + b"\0\1\0\1"
HEAD = "!HHHHHH"


def head(flags=dns_client.RD, questions=1, answers=0, authorities=0, additionals=0, id=0x1234):
    return struct.pack(HEAD, id, flags, questions, answers, authorities, additionals)


@contextlib.contextmanager
def one(net, over):
    if over == "tcp":
        with dns_client.tcp_socket(net.host.namespace, "10.77.0.2", SERVER_IP) as sock:
            yield sock
    else:
        with dns_client.udp_socket(net.host.namespace, "10.77.0.2", SERVER_IP) as sock:
            yield sock


def exchange(net, wire, over="udp", timeout=2):
    """The bytes that come back; None for silence."""
    with one(net, over) as sock:
        if over == "tcp":
            sock.settimeout(timeout)
            dns_client.tcp_send(sock, wire)
            return dns_client.tcp_hear(sock)
        sock.send(wire)
        return dns_client.udp_hear(sock, 0x1234, timeout)


def said(wire):
    """(rcode, questions, answers) of a reply that begins as a reply does."""
    if wire is None:
        return "silence"
    id, flags, questions, answers, *_ = struct.unpack(HEAD, wire[:12])
    assert id == 0x1234 and flags & dns_client.QR
    return dns.rcode.to_text(flags & 15), questions, answers


# --- messages that are none, or none that is a question (RFC 1035 4.1, 9619) ---------------------------

FORMERR = ("FORMERR", 0, 0)
LONG = dns_client.name_wire(".".join(["a" * 63] * 3 + ["b" * 61]))
TOO_LONG = b"".join(b"\x3f" + b"a" * 63 for _ in range(3)) + b"\x3e" + b"b" * 62 + b"\0"
MESSAGES = {
    "no question": (head(questions=0), FORMERR),
    "no question, but bytes": (head(questions=0) + QUESTION, FORMERR),
    "two questions": (head(questions=2) + QUESTION * 2, FORMERR),
    "two questions said, one there": (head(questions=2) + QUESTION, FORMERR),
    "as many as can be said": (head(questions=65535) + QUESTION, FORMERR),
    "a pointer to itself": (head() + b"\xc0\x0c\0\1\0\1", FORMERR),
    "a pointer forward": (head() + b"\xc0\x12\0\1\0\1\3box\0", FORMERR),
    "a pointer past the end": (head() + b"\xff\xff\0\1\0\1", FORMERR),
    "a pointer into the header": (head() + b"\xc0\0\0\1\0\1", FORMERR),
    "a pointer behind a label": (head() + b"\3box\xc0\x0c\0\1\0\1", FORMERR),
    "half a pointer": (head() + b"\xc0", FORMERR),
    "a label of the kind 01": (head() + b"\x43box\0\0\1\0\1", FORMERR),
    "a label of the kind 10": (head() + b"\x83box\0\0\1\0\1", FORMERR),
    "a name without an end": (head() + b"\3box\3lan", FORMERR),
    "a name of 256 bytes": (head() + TOO_LONG + b"\0\1\0\1", FORMERR),
    "a name of 255 bytes": (head() + LONG + b"\0\1\0\1", ("REFUSED", 1, 0)),
    "a record that is cut": (head(additionals=1) + QUESTION + b"\xc0\x0c\0\1", FORMERR),
    "a record longer than the message": (
        head(additionals=1) + QUESTION + b"\0\0\1\0\1\0\0\0\0\xff\xff", FORMERR),
    "more records said than there are": (head(answers=65535) + QUESTION, FORMERR),
    "two OPT records": (head(additionals=2) + QUESTION + dns_client.opt_record() * 2, FORMERR),
    "an option longer than its record": (
        head(additionals=1) + QUESTION + b"\0\0\x29\4\xd0\0\0\0\0\0\6\0\x0a\0\x08\1\2", FORMERR),
    "bytes behind the end": (head() + QUESTION + b"\0\1\2\3\4\xff", ("NOERROR", 1, 1)),
    "a reply": (head(flags=dns_client.QR | dns_client.RD) + QUESTION, "silence"),
    "a malformed reply": (head(flags=dns_client.QR) + b"\xc0\x0c", "silence"),
}


@pytest.mark.parametrize("over", ["udp", "tcp"])
def test_what_is_no_question_is_told_so_and_nothing_ends_the_server(net, over):
    net.start(LOCAL)
    for what, (wire, want) in MESSAGES.items():
        timeout = 0.3 if want == "silence" else 3
        assert said(exchange(net, wire, over, timeout)) == want, what
        assert said(exchange(net, head() + QUESTION)) == ("NOERROR", 1, 1), what


def test_a_header_that_is_cut_gets_no_answer_and_a_question_that_is_cut_gets_formerr(net):
    net.start(LOCAL)
    whole = head() + QUESTION
    for size in range(12):
        assert exchange(net, whole[:size], timeout=0.1) is None, size
    for size in range(12, len(whole)):
        assert said(exchange(net, whole[:size])) == FORMERR, size


def test_other_opcodes_are_not_implemented_and_come_back(net):
    net.start(LOCAL + FORWARD)
    for opcode in range(1, 16):
        reply = exchange(net, head(flags=opcode << 11 | dns_client.RD) + QUESTION)
        flags = struct.unpack("!H", reply[2:4])[0]
        assert said(reply) == ("NOTIMP", 0, 0)
        assert flags >> 11 & 15 == opcode
        assert flags & dns_client.RD
    assert not net.upstream.asked()


# --- types and classes -------------------------------------------------------------------------------------

def test_types_that_ask_for_no_record_are_answered_and_do_no_harm(net):
    net.start(LOCAL)
    for kind in (0, 41, 128, 249, 250, 251, 252, 253, 254, 256, 32768, 65280, 65535):
        reply = exchange(net, head() + dns_client.name_wire("box.lan") + struct.pack("!HH", kind, 1))
        assert said(reply) == ("NOERROR", 1, 0), kind


def test_another_class_has_none_of_our_addresses(net):
    net.start(LOCAL)
    for number in (0, 2, 3, 4, 254, 255, 65535):
        reply = exchange(net, head() + dns_client.name_wire("box.lan") + struct.pack("!HH", 1, number))
        assert said(reply)[2] == 0, number


# --- bits and letters (RFC 1035 4.1.1, 4343) -----------------------------------------------------------------

def test_bits_come_back_as_the_rfcs_say(net):
    net.start(LOCAL)
    for asked in range(16):
        flags = sum(bit for n, bit in enumerate((dns_client.RD, dns_client.AD, dns_client.CD,
                                                 dns_client.TC)) if asked >> n & 1)
        got = struct.unpack("!H", exchange(net, head(flags=flags) + QUESTION)[2:4])[0]
        assert got & dns_client.RD == flags & dns_client.RD
        assert got & dns_client.CD == flags & dns_client.CD
        assert not got & (dns_client.AD | dns_client.TC | 0x40)
        assert got & 0x0080 and got & dns_client.QR


def test_the_letters_of_a_question_come_back_and_do_not_matter(net):
    net.start(LOCAL + FORWARD)
    for name in ("BOX.lan", "box.LAN", "bOx.LaN", "n1.WILD.example", "N1.wild.EXAMPLE"):
        for _ in range(2):                          # from upstream, and as it was kept
            reply = exchange(net, head() + dns_client.name_wire(name) + b"\0\1\0\1")
            assert said(reply) == ("NOERROR", 1, 1), name
            assert reply[12:].startswith(dns_client.name_wire(name)), name


def test_only_letters_of_ascii_are_alike(net):
    net.start("host-record=box.lan,10.77.0.9\nlocal=/lan/\n")
    for label in (b"b\x4fx", b"\x42ox"):
        assert said(exchange(net, head() + b"\3" + label + b"\3lan\0\0\1\0\1"))[2] == 1
    for label in (b"b\xcfx", b"b\x2fx", b"\x02ox"):    # as far from "o" and "b" as O and B are
        assert said(exchange(net, head() + b"\3" + label + b"\3lan\0\0\1\0\1"))[0] == "NXDOMAIN"


# --- sizes (RFC 2181 9, 6891 6.2.3) -----------------------------------------------------------------------------

def test_an_answer_is_as_long_as_its_client_takes_and_cut_between_records(net):
    hosts = net.lab.dir / "hosts"
    hosts.write_text("".join(f"10.77.1.{n} many.lan\n" for n in range(1, 101)))
    net.start(f"addn-hosts={hosts}\n" + FORWARD)
    net.upstream.say(*[f"many.example 300 A 192.0.2.{n}" for n in range(1, 101)])
    for name in ("many.lan", "many.example", "many.example"):
        for size in (0, 100, 511, 512, 513, 700, 1231, 1232, 1233, 4096, 65535):
            wire = dns_client.query(name, id=0x1234,
                                    opt=dns_client.opt_record(size) if size else None)
            reply = exchange(net, wire)
            message = dns_client.read(reply)
            assert message is not None and len(reply) <= max(512, min(size, 1232)), (name, size)
            assert message.flags & dns.flags.TC, (name, size)
            assert (message.edns == 0) == bool(size), (name, size)
        whole = dns_client.read(exchange(net, dns_client.query(name, id=0x1234), "tcp"))
        assert len(whole.answer) == 100 and not whole.flags & dns.flags.TC


def test_an_opt_record_is_for_who_sent_one(net):
    net.start(LOCAL + FORWARD)
    for name in ("box.lan", "n1.wild.example", "nobody.lan"):
        for do in (False, True):
            opt = dns_client.opt_record(4096, do)
            message = dns_client.read(exchange(net, dns_client.query(name, id=0x1234, opt=opt)))
            assert message.edns == 0 and message.payload == 1232
            assert bool(message.ednsflags & dns.flags.DO) == do
        assert dns_client.read(exchange(net, dns_client.query(name, id=0x1234))).edns == -1


# --- TCP (RFC 1035 4.2.2, 7766) --------------------------------------------------------------------------------------

def test_a_message_over_tcp_may_come_byte_by_byte(net):
    net.start(LOCAL)
    wire = head() + QUESTION
    with one(net, "tcp") as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in struct.pack("!H", len(wire)) + wire:
            sock.sendall(bytes([byte]))
            time.sleep(0.005)
        assert said(dns_client.tcp_hear(sock)) == ("NOERROR", 1, 1)


def test_a_message_of_no_bytes_over_tcp_ends_nothing(net):
    net.start(LOCAL)
    with one(net, "tcp") as sock:
        dns_client.tcp_send(sock, b"", b"", head() + QUESTION)
        assert said(dns_client.tcp_hear(sock)) == ("NOERROR", 1, 1)


def test_questions_that_follow_each_other_are_all_answered_as_they_come_to_be_known(net):
    net.start(LOCAL + FORWARD)
    net.upstream.say("slow.example 300 A 192.0.2.82", "slow.example ! delay=0.5")
    wires = [dns_client.query("slow.example", id=1)]
    wires += [dns_client.query("box.lan", id=number) for number in range(2, 60)]
    with one(net, "tcp") as sock:
        dns_client.tcp_send(sock, *wires)
        heard = [struct.unpack("!H", dns_client.tcp_hear(sock)[:2])[0] for _ in wires]
    assert sorted(heard) == list(range(1, 60))
    assert heard[-1] == 1


def test_a_connection_that_ends_within_a_message_harms_nobody(net):
    net.start(LOCAL)
    wire = struct.pack("!H", len(head() + QUESTION)) + head() + QUESTION
    for size in range(len(wire)):
        with one(net, "tcp") as sock:
            sock.sendall(wire[:size])
    assert said(exchange(net, head() + QUESTION, "tcp")) == ("NOERROR", 1, 1)


# --- how long an answer is kept (RFC 2181 8, 2308) ---------------------------------------------------------------------

def asked(net, name):
    return len(net.upstream.asked(name))


def test_that_there_is_nothing_is_kept_as_long_as_the_soa_says(net):
    """The lesser of its minimum and its own time to live."""
    net.start(FORWARD)
    net.upstream.say("zone short.example 2", "zone long.example 100000",
                     "a.short.example 300 AAAA 2001:db8::1")
    for name, rcode in (("a.short.example", "NOERROR"), ("b.short.example", "NXDOMAIN")):
        for _ in range(3):
            message = dns_client.read(exchange(net, dns_client.query(name, id=0x1234)))
            assert dns.rcode.to_text(message.rcode()) == rcode
            assert message.authority[0].rdtype == dns.rdatatype.SOA
        assert asked(net, name) == 1
    time.sleep(2.2)
    for name in ("a.short.example", "b.short.example"):
        exchange(net, dns_client.query(name, id=0x1234))
        assert asked(net, name) == 2
    first = dns_client.read(exchange(net, dns_client.query("c.long.example", id=0x1234)))
    time.sleep(1.1)
    second = dns_client.read(exchange(net, dns_client.query("c.long.example", id=0x1234)))
    assert second.authority[0].ttl < first.authority[0].ttl <= 3600


def test_a_time_to_live_of_0_is_for_one_question(net):
    net.start(FORWARD)
    net.upstream.say("zero.example 0 A 192.0.2.1")
    for number in range(1, 4):
        message = dns_client.read(exchange(net, dns_client.query("zero.example", id=0x1234)))
        assert message.answer[0].ttl == 0
        assert asked(net, "zero.example") == number


def test_a_name_below_one_that_is_not_is_asked_for_itself(net):
    """RFC 8020 would spare that; dnsmasq asks, and some servers say NXDOMAIN of names with others below."""
    net.start(FORWARD)
    net.upstream.say("zone example 60", "below.empty.example 300 A 192.0.2.1")
    assert said(exchange(net, dns_client.query("none.example", id=0x1234)))[0] == "NXDOMAIN"
    assert said(exchange(net, dns_client.query("x.none.example", id=0x1234)))[0] == "NXDOMAIN"
    assert asked(net, "x.none.example") == 1


# --- aliases ---------------------------------------------------------------------------------------------------------------

def test_chains_and_loops_of_aliases_end(net):
    net.start(FORWARD + "cname=here.lan,box.lan\nhost-record=box.lan,10.77.0.9\n")
    net.upstream.say(*[f"c{n}.example 300 CNAME c{n + 1}.example." for n in range(10)],
                     "c10.example 300 A 192.0.2.1", "l1.example 300 CNAME l2.example.",
                     "l2.example 300 CNAME l1.example.", "self.example 300 CNAME self.example.")
    for _ in range(2):
        assert said(exchange(net, dns_client.query("c0.example", id=0x1234))) == ("NOERROR", 1, 11)
        assert said(exchange(net, dns_client.query("here.lan", id=0x1234))) == ("NOERROR", 1, 2)
        for name in ("l1.example", "l2.example", "self.example"):
            reply = exchange(net, dns_client.query(name, id=0x1234))
            assert said(reply)[0] in ("NOERROR", "SERVFAIL"), name
    assert said(exchange(net, dns_client.query("box.lan", id=0x1234))) == ("NOERROR", 1, 1)


# --- what is told on SIGUSR1 ---------------------------------------------------------------------------------------------------

def test_what_is_kept_is_told_on_sigusr1_in_dnsmasqs_columns(net):
    """With log-queries; a name's flags stand in fixed places, which programs cut the lines by."""
    net.start(FORWARD + "log-queries\n")
    net.upstream.say("zone example 60", "b.example 300 CNAME a.example.", "a.example 300 A 192.0.2.1",
                     "a.example 300 AAAA 2001:db8::1", "1.2.0.192.in-addr.arpa 300 PTR a.example.")
    for name, kind in (("b.example", "A"), ("a.example", "AAAA"), ("no.example", "A"),
                       ("1.2.0.192.in-addr.arpa", "PTR")):
        exchange(net, dns_client.query(name, kind, id=0x1234))
    net.lab.server.send_signal(signal.SIGUSR1)
    net.lab.wait_log("Host   ")
    time.sleep(0.3)
    lines = [text.partition(": ")[2] for text in net.lab.log_lines()]
    rows = {(line[:30].strip(), line[31:71].strip(), line[72:82]) for line in lines
            if line[83:87] in [f"{day} " for day in ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")]}
    assert rows >= {("b.example", "a.example", "CF        "), ("a.example", "192.0.2.1", "4F        "),
                    ("a.example", "2001:db8::1", "6F        "), ("no.example", "", " F   NX   "),
                    ("a.example", "192.0.2.1", "4 R       ")}, rows
