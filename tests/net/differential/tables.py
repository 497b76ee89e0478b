# SPDX-License-Identifier: ISC
"""Reads the tables of cases: a configuration, and what some clients then say.

    case a client renews
    also 10.78.0.1/24
    names
    conf
        dhcp-range=10.77.0.100,10.77.0.199,1h
        dhcp-hostsfile={dir}/hosts
    file hosts
        02:11:22:33:00:01,printer
    send
        1 discover name=printer     -> offer
        1 select                    -> ack
        1..3 renew                  -> ack

With names the server answers about those too (no-resolv, no-hosts); without, port=0 stands there.
Each client is a number, which makes its MAC address.  After the arrow stands what dnsmasq says,
so that a case which is not about anything is noticed: offer, ack or nak, then the address or the
message of the NAK if it matters; or silence.  A line that ends with a backslash goes on.

What a client says: discover, request (as the options say), select (the last offer), lease (the
last two), reboot, renew, rebind, release, decline, inform, bootp.  Then fields: a header's field by name, an option
by number or by one of NAMES.
"""

import dataclasses
import itertools
import re
import shlex
import struct

from packets import ip_bytes

NAMES = {"ip": 50, "server": 54, "name": 12, "vendor": 60, "class": 77, "id": 61, "lease": 51,
         "max": 57, "ask": 55, "arch": 93, "fqdn": 81, "agent": 82}
HEADER = {"flags", "secs", "ciaddr", "giaddr", "htype", "hops", "via", "pad", "mac", "to", "xid"}
NUMBERS = {"lease": "!I", "max": "!H", "arch": "!H"}


@dataclasses.dataclass
class Step:
    """One message of one client, and the kind of answer that dnsmasq gives."""

    text: str
    client: int
    kind: str
    header: dict
    options: list
    expected: str
    detail: str


@dataclasses.dataclass
class Case:
    name: str
    table: str
    also: list
    conf: list
    files: dict
    steps: list
    names: bool = False

    @property
    def id(self):
        return f"{self.table}: {self.name}"


def codes(text):
    """1,3,128-135 as bytes."""
    body = b""
    for part in filter(None, text.split(",")):
        first, _, last = part.partition("-")
        body += bytes(range(int(first), int(last or first) + 1))
    return body


def option_value(key, text):
    """What is written, as the option's bytes; x: begins hex, otherwise by its look or its name."""
    if text.startswith("x:"):
        return bytes.fromhex(text[2:].replace(":", ""))
    if key == "ask":
        return codes(text)
    if key in NUMBERS:
        return struct.pack(NUMBERS[key], int(text, 0))
    if re.fullmatch(r"\d+(\.\d+){3}", text):
        return ip_bytes(text)
    return text.encode("latin-1").decode("unicode_escape").encode("latin-1")


def clients(text):
    first, _, last = text.partition("..")
    return range(int(first), int(last or first) + 1)


def steps(line):
    """The steps of a line: one for each of its clients."""
    said, arrow, answer = line.partition("->")
    assert arrow, f"what does dnsmasq answer? {line}"
    who, kind, *fields = shlex.split(said)
    expected, _, detail = answer.strip().partition(" ")
    assert expected in ("offer", "ack", "nak", "reply", "silence"), line
    header, options = {}, []
    for key, value in (field.split("=", 1) for field in fields):
        if key in HEADER:
            header[key] = value
        else:
            code = NAMES[key] if key in NAMES else int(key)
            options.append((code, option_value("ask" if code == 55 else key, value)))
    for client in clients(who):
        if kind == "lease":
            yield Step(line, client, "discover", dict(header), list(options), "offer", "")
        yield Step(line, client, "select" if kind == "lease" else kind, dict(header), list(options),
                   expected, detail)


def joined(lines):
    """Lines with their continuations, without comments and empty lines."""
    lines = iter(lines)
    for line in lines:
        while line.endswith("\\"):
            line = line[:-1] + next(lines).lstrip()
        if line.strip() and not line.startswith("#"):
            yield line


def read(path):
    """The cases of a table."""
    cases, block = [], None
    for line in joined(path.read_text().splitlines()):
        word, _, rest = line.partition(" ")
        if line[0].isspace():
            block.append(line.strip())
        elif word == "case":
            cases.append(Case(rest, path.stem, [], [], {}, []))
        elif word == "also":
            cases[-1].also.append(rest)
        elif word == "names":
            cases[-1].names = True
        elif word == "conf":
            block = cases[-1].conf
        elif word == "file":
            block = cases[-1].files[rest] = []
        elif word == "send":
            block = cases[-1].steps
        else:
            raise AssertionError(f"{path}: {line}")
    for case in cases:
        case.steps = list(itertools.chain.from_iterable(map(steps, case.steps)))
    return cases
