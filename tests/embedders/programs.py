# SPDX-License-Identifier: ISC
"""Reads the tables of programs."""

import dataclasses
import pathlib
import shlex

TABLES = [pathlib.Path(__file__).with_name(name) for name in ("programs.txt", "rebuilt.txt")]


@dataclasses.dataclass
class Program:
    name: str
    words: list = dataclasses.field(default_factory=list)
    files: dict = dataclasses.field(default_factory=dict)
    probes: list = dataclasses.field(default_factory=list)
    names: list = dataclasses.field(default_factory=list)
    asked: str = "10.77.0.1"
    client: str = None
    daemon: bool = False
    pid_file: str = None
    leases: str = None
    stops: str = "TERM"
    says: str = ""
    refused: set = dataclasses.field(default_factory=set)
    dnsmasq_refuses: str = ""
    dnsmasq_survives_hup: bool = True


def read_table(path):
    programs, block = [], None
    for line in path.read_text().splitlines():
        word, _, rest = line.partition(" ")
        if not line or line.startswith("#"):
            continue
        if line[0].isspace():
            block.append(line[4:])
        elif word == "program":
            programs.append(Program(rest))
        else:
            block = KEYS[word](programs[-1], rest)
    return programs


def read():
    programs = [program for path in TABLES for program in read_table(path)]
    for program in programs:
        program.words = shlex.split(" ".join(program.words))
    return programs


def _life(program, rest):
    kind, pid_file = rest.split()
    program.daemon = kind == "daemon"
    program.pid_file = None if pid_file == "-" else pid_file


def _set(name, of=str):
    return lambda program, rest: setattr(program, name, of(rest))


KEYS = {
    "command": lambda program, rest: program.words,
    "file": lambda program, rest: program.files.setdefault(rest, []),
    "probe": lambda program, rest: program.probes.append(shlex.split(rest)),
    "name": lambda program, rest: program.names.append(rest.split()),
    "asked": _set("asked"),
    "client": _set("client"),
    "life": _life,
    "leases": _set("leases"),
    "stops": _set("stops"),
    "says": _set("says"),
    "refused": _set("refused", lambda rest: set(rest.split())),
    "dnsmasq-refuses": _set("dnsmasq_refuses"),
    "dnsmasq-dies": _set("dnsmasq_survives_hup", lambda rest: rest != "HUP"),
}

PROGRAMS = read()
WRONG = [program for program in PROGRAMS if program.dnsmasq_refuses]
REFUSED = [program for program in PROGRAMS if program.refused]
SERVED = [program for program in PROGRAMS if not program.refused and not program.dnsmasq_refuses]


def name_of(program):
    return program.name
