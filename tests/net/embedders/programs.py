# SPDX-License-Identifier: ISC
"""Reads programs.txt."""

import dataclasses
import pathlib
import shlex

TABLE = pathlib.Path(__file__).with_name("programs.txt")


@dataclasses.dataclass
class Program:
    name: str
    words: list = dataclasses.field(default_factory=list)
    files: dict = dataclasses.field(default_factory=dict)
    daemon: bool = False
    pid_file: str = None
    leases: str = None
    stops: str = "TERM"
    refused: set = dataclasses.field(default_factory=set)
    dnsmasq_survives_hup: bool = True


def read():
    programs, block = [], None
    for line in TABLE.read_text().splitlines():
        word, _, rest = line.partition(" ")
        if not line or line.startswith("#"):
            continue
        if line[0].isspace():
            block.append(line.strip())
        elif word == "program":
            programs.append(Program(rest))
        else:
            block = KEYS[word](programs[-1], rest)
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
    "added": lambda program, rest: program.words.append(rest),
    "file": lambda program, rest: program.files.setdefault(rest, []),
    "life": _life,
    "leases": _set("leases"),
    "stops": _set("stops"),
    "refused": _set("refused", lambda rest: set(rest.split())),
    "dnsmasq-dies": _set("dnsmasq_survives_hup", lambda rest: rest != "HUP"),
}
