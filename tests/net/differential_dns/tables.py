# SPDX-License-Identifier: ISC
"""Reads the tables of cases: a configuration, and what is then asked.

    case a record of one host
    conf
        host-record=printer.lan,10.77.0.9
        -no-hosts                              without this line of every case's beginning
    file hosts
        10.77.0.8 scanner
    upstream                                   beside upstream.zone; see dns_upstream.py
        www.example.com 300 A 192.0.2.9
    ask
        printer.lan A                          -> 10.77.0.9
        printer.lan AAAA tcp edns=4096 do      -> nodata
        ! hup

After the arrow stands what dnsmasq says, so that a case which is not about anything is noticed:
addresses, or types and their values; nodata; the code of a failure; silence; any, where that depends
on the machine.

Words after the name and type: tcp, edns, edns=SIZE, do, cd, ad, norec, tc, qr, class=CH,
opcode=N, version=N, option=CODE:HEX, questions=N, tail=HEX, raw=HEX, from=ADDRESS, to=ADDRESS,
port=N, net2 (from and to the second network), times=N (so many at once), later (do not wait for
the reply), opt=N (so many OPT records).

Actions, each a line that begins with "!":
    hup, wait SECONDS, log TEXT (wait until the log has it), say LINE, unsay NAME (to upstream),
    write FILE LINE|LINE…, remove FILE, lease N NAME [ADDRESS], release N,
    ip ARGUMENTS (in the server's namespace)
"""

import dataclasses
import shlex

from differential.tables import joined

FLAGS = {"tcp", "edns", "do", "cd", "ad", "norec", "tc", "qr", "net2", "later"}
VALUES = {"edns", "class", "opcode", "version", "option", "questions", "tail", "raw", "from", "to",
          "port", "times", "opt", "flags"}
ACTIONS = {"hup", "wait", "log", "say", "unsay", "write", "remove", "lease", "release", "ip"}
BEGINNING = ["interface=br0", "no-resolv", "no-hosts", "log-queries"]


@dataclasses.dataclass
class Step:
    """One question, or one action."""

    text: str
    action: str = ""
    argument: str = ""
    name: str = ""
    type: str = ""
    words: dict = dataclasses.field(default_factory=dict)
    options: list = dataclasses.field(default_factory=list)
    expected: str = ""


@dataclasses.dataclass
class Case:
    name: str
    table: str
    conf: list
    files: dict
    upstream: list
    steps: list

    @property
    def id(self):
        return f"dns/{self.table}: {self.name}"

    def lines(self):
        """The whole configuration."""
        without = {line[1:] for line in self.conf if line.startswith("-")}
        assert without <= set(BEGINNING), without
        return [line for line in BEGINNING if line not in without] + [
            line for line in self.conf if not line.startswith("-")]


def step(line):
    if line.startswith("!"):
        action, _, argument = line[1:].strip().partition(" ")
        assert action in ACTIONS, line
        return Step(line, action, argument.strip())
    asked, _, expected = line.partition("->")
    name, kind, *words = shlex.split(asked)
    found = Step(line, name=name, type=kind, expected=expected.strip())
    for word in words:
        key, equals, value = word.partition("=")
        assert key in (VALUES if equals else FLAGS), line
        if key == "option":
            code, _, body = value.partition(":")
            found.options.append((int(code), bytes.fromhex(body)))
        else:
            found.words[key] = value
    return found


def read(path):
    """The cases of a table."""
    cases, block = [], None
    for line in joined(path.read_text().splitlines()):
        word, _, rest = line.partition(" ")
        if line[0].isspace():
            block.append(line.strip())
        elif word == "case":
            cases.append(Case(rest, path.stem, [], {}, [], []))
        elif word == "conf":
            block = cases[-1].conf
        elif word == "file":
            block = cases[-1].files[rest] = []
        elif word == "upstream":
            block = cases[-1].upstream
        elif word == "ask":
            block = cases[-1].steps
        else:
            raise AssertionError(f"{path}: {line}")
    for case in cases:
        case.steps = [step(line) for line in case.steps]
    return cases
