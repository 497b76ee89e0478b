# SPDX-License-Identifier: ISC
"""Two replies to one question, field by field; what upstream was asked; what was logged.

Differences that are allowed stand in docs/differences.md: at the end of a row's first cell
`dns/table: case: field`, where the case may be a pattern and there may be several fields.
"""

import collections
import itertools
import re

import dns.flags
import dns.opcode
import dns.rcode
import dns.rdatatype

import dns_client

FLAGS = ("QR", "AA", "TC", "RD", "RA", "AD", "CD")
SECTIONS = ("answer", "authority", "additional")
# What whoever asks hangs on to: nothing may be different here.
NEVER = {"id", "QR", "RD", "CD", "AD"}
ADDRESSES = (dns.rdatatype.A, dns.rdatatype.AAAA)
SHOWN_MAX, SHOWN_LENGTH = 8, 48


NAMED = {dns.rdatatype.CNAME, dns.rdatatype.NS, dns.rdatatype.PTR, dns.rdatatype.MX,
         dns.rdatatype.SRV, dns.rdatatype.SOA, dns.rdatatype.DNAME}


def value(record):
    """A record's data; names in small letters, since compression may give them the question's."""
    text = record[0].to_text()
    return text.lower() if record.rdtype in NAMED else text


def owner(record):
    return record.name.to_text().lower()


def taken_in_turn(record):
    """What records share that come in any order: the addresses of one name."""
    return record.rdtype in ADDRESSES and (record.name, record.rdtype)


def shown(record):
    kind, text = dns.rdatatype.to_text(record.rdtype), value(record)
    if len(text) > SHOWN_LENGTH:
        text = f"{text[:SHOWN_LENGTH]}…"
    return text if record.rdtype in ADDRESSES else f"{kind} {text}"


def summary(wire):
    """A reply in a few words, as the tables write it."""
    if wire is None:
        return "silence"
    message = dns_client.read(wire)
    if message is None:
        return "no message"
    code = dns.rcode.to_text(message.rcode())
    records = [text for key, run in itertools.groupby(message.answer, taken_in_turn)
               for text in (sorted(map(shown, run)) if key else map(shown, run))]
    if len(records) > SHOWN_MAX:
        records = [f"{len(records)} records"]
    words = [] if code == "NOERROR" else [code]
    words += records or ([] if words else ["nodata"])
    if message.flags & dns.flags.TC:
        words.insert(0, "tc")
    return " ".join(words).strip()


def edns(message):
    if message.edns < 0:
        return {"edns": None}
    options = sorted((int(o.otype), o.to_wire().hex()) for o in message.options)
    # An extended error's number counts; its text is for people.
    return {"edns": (message.edns, message.ednsflags & 0xFFFF), "edns size": message.payload,
            "ede": [body[:4] for code, body in options if code == 15],
            "edns options": [option for option in options if option[0] != 15]}


def fields(wire, sent, in_order):
    """Everything of a reply by name, but for its TTLs; SENT is the question's bytes.

    IN_ORDER: the addresses of a name do not take turns.
    """
    if wire is None:
        return {"reply": "silence"}
    message = dns_client.read(wire)
    if message is None:
        return {"reply": "no message", "bytes": wire[2:]}
    found = {"reply": "message", "id": wire[:2] == sent[:2],
             "opcode": dns.opcode.to_text(message.opcode()),
             "rcode": dns.rcode.to_text(message.rcode()),
             "question": [(q.name.to_text(), q.rdtype, q.rdclass) for q in message.question],
             "Z": bool(message.flags & 0x40)}
    found |= {name: bool(message.flags & dns.flags.from_text(name)) for name in FLAGS}
    found |= edns(message)
    for section in SECTIONS:
        records = [(owner(r), dns.rdatatype.to_text(r.rdtype), int(r.rdclass), value(r))
                   for r in getattr(message, section)]
        found[section] = sorted(records)
        found[f"{section} order"] = records if in_order else [
            record[:2] if record[1] in ("A", "AAAA") else record for record in records]
    return found


def ttls(wire):
    """TTLs by record, each section for itself."""
    message = dns_client.read(wire)
    return {section: sorted((owner(r), r.rdtype, value(r), r.ttl)
                            for r in getattr(message, section)) for section in SECTIONS} \
        if message else {}


def ttls_differ(ours, theirs):
    """Sections whose TTLs are more than a second apart, where the records are the same."""
    ours, theirs = ttls(ours), ttls(theirs)
    for section in ours.keys() & theirs.keys():
        pairs = list(zip(ours[section], theirs[section]))
        if [a[:3] for a, _ in pairs] == [b[:3] for _, b in pairs] and any(
                abs(a[3] - b[3]) > 1 for a, b in pairs):
            yield section, [b[3] for _, b in pairs], [a[3] for a, _ in pairs]


def differences(ours, theirs, sent, in_order):
    """The names of the fields that differ, each with what was expected and what came."""
    mine, other = fields(ours, sent, in_order), fields(theirs, sent, in_order)
    if mine["reply"] != other["reply"]:
        return {"reply": (summary(theirs), summary(ours))}
    differ = {name: (other.get(name), mine.get(name)) for name in other | mine
              if other.get(name) != mine.get(name)}
    for section in SECTIONS:
        if section in differ:                   # other records: then not in another order too
            differ.pop(f"{section} order", None)
    differ |= {f"{section} ttl": pair for section, *pair in ttls_differ(ours, theirs)}
    return differ


def asked(seen, ports):
    """What upstream saw, without IDs; source ports only where they are configured."""
    return collections.Counter(
        (s.server, s.port, s.transport, s.source, s.source_port if s.source_port in ports else "any",
         s.flags, s.opcode, s.question, s.edns) for s in seen)


def counts_differ(ours, theirs):
    """What one has more often, with both counts."""
    for what in ours | theirs:
        if ours[what] != theirs[what]:
            yield what, theirs[what], ours[what]


def log_lines(lines, directory):
    """What was said about questions and files: the lines of start and end are another test's."""
    kept = []
    for line in lines:
        service, _, text = line.partition(": ")
        if service or re.match(r"(started|compile time|exiting|warning: )", text):
            continue
        text = text.replace(str(directory), "DIR")
        kept.append(re.sub(r"(\d|[0-9a-f]:*)/\d+ ", r"\1/PORT ", text))
    return collections.Counter(kept)
