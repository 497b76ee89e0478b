# SPDX-License-Identifier: ISC
"""Tables of DNS cases (tests/dns/*.txt): configuration, hosts, leases, questions and answers.

    case     a sentence; what follows belongs to it
    conf     a line of the configuration
    hosts    a line of a hosts file
    lease    SECONDS ADDRESS NAME: a lease that ends in so many seconds; 0: never
    address  ADDRESS/BITS: the server's br0 has it too
    link     NAME ADDRESS/BITS: another interface of the server's
    ask      a question, as dns_text.py has it
    >        a line of the answer to the question before it; "forwarded" in front where the server
             at 127.0.0.1#5353 was asked too, which says NXDOMAIN to everything
    ~        a line of dnsmasq's answer to it, where lanlord's is another on purpose; docs/differences.md
             says why

%h is this machine's name, %v lanlord's version.

Run as a program with a table's name it asks the server under test, and prints the table with the
answers that it got: LANLORD=/usr/sbin/dnsmasq dns_table.py tests/dns/local.txt
"""

import contextlib
import itertools
import pathlib
import re
import socket
import sys
import threading
import time

import dns_text
import lab as lab_module

TABLES = lab_module.ROOT / "tests" / "dns"
VERSION = re.search(r"version: '(.*)'", (lab_module.ROOT / "meson.build").read_text())[1]


class Case:
    def __init__(self, name, path, line):
        self.name, self.where = name, f"{path.name}:{line}"
        self.lines = {"conf": [], "hosts": [], "lease": [], "address": [], "link": []}
        self.asks = []			# (question, lines of the answer, lines of dnsmasq's if others)


def cases_of(path):
    cases = []
    text = path.read_text().replace("%h", socket.gethostname()).replace("%v", VERSION)
    for number, line in enumerate(text.splitlines(), 1):
        word, _, rest = line.partition(" ")
        if word == "case":
            cases.append(Case(rest, path, number))
        elif word == "ask":
            cases[-1].asks.append((rest, [], []))
        elif word in (">", "~"):
            cases[-1].asks[-1][1 if word == ">" else 2].append(rest)
        elif word in ("conf", "hosts", "lease", "address", "link"):
            cases[-1].lines[word].append(rest)
        elif line and not line.startswith("#"):
            raise ValueError(f"{path}:{number}: no such word: {word}")
    return cases


def lease_line(number, words):
    seconds, address, name = words.split()
    ends = int(time.time()) + int(seconds) if int(seconds) else 0
    return f"{ends} 02:00:00:00:00:{number:02x} {address} {name} *\n"


def start(lab, case):
    """Starts the server for a case.  Where it says nothing of them there are no hosts and servers."""
    for link in case.lines["link"]:
        lab.bridge_add(*link.split())
    for address in case.lines["address"]:
        lab_module.ip(f"addr add {address} dev br0{' nodad' if ':' in address else ''}",
                      namespace=lab.namespace)
    hosts = lab.dir / "hosts"
    hosts.write_text("".join(line + "\n" for line in case.lines["hosts"]))
    lab.lease_file.write_text("".join(lease_line(number, words) for number, words
                                      in enumerate(case.lines["lease"], 1)))
    conf = ["no-resolv", "no-hosts", f"addn-hosts={hosts}", "interface=br0",
            f"dhcp-leasefile={lab.lease_file}", "dhcp-range=10.77.0.10,10.77.0.250,255.255.255.0,1h",
            *case.lines["conf"]]
    (lab.dir / "conf").write_text("\n".join(conf) + "\n")
    lab.start()
    with lab_module.inside(lab.namespace):
        lab_module.wait_for("the first answer", lambda: dns_text.ask(
            "ready.bind TXT class=CH", (lab_module.SERVER_IP, 53), timeout=0.1) != ["nothing"])


class Upstream(threading.Thread):
    """Says NXDOMAIN to everything, and counts what it was asked."""

    def __init__(self, namespace):
        super().__init__(daemon=True)
        with lab_module.inside(namespace):
            self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.socket.bind(("127.0.0.1", 5353))
        self.asked = 0

    def run(self):
        while True:
            message, who = self.socket.recvfrom(65535)
            if len(message) < 12:
                return
            self.asked += 1
            self.socket.sendto(message[:2] + b"\x81\x83" + message[4:], who)

    def stop(self):
        with contextlib.closing(self.socket):
            self.socket.sendto(b"", self.socket.getsockname())
            self.join()


def answer_of(words, upstream):
    before = upstream.asked
    lines = dns_text.ask(words, (lab_module.SERVER_IP, 53))
    return ["forwarded " + lines[0], *lines[1:]] if upstream.asked > before else lines


def answers(lab, case):
    """(question, lines that were got) of each question, in order."""
    upstream = Upstream(lab.namespace)
    upstream.start()
    try:
        with lab_module.inside(lab.namespace):
            return [(words, answer_of(words, upstream)) for words, *_ in case.asks]
    finally:
        upstream.stop()


def with_answer(lines, answer):
    """The lines of an answer below a question, of which `lines` are those that were there before."""
    old = [line for line in itertools.takewhile(lambda l: l[:2] in ("> ", "~ "), lines)]
    if not any(line.startswith("~ ") for line in old):
        return [f"> {line}" for line in answer]
    if lab_module.server_is_dnsmasq():
        return [l for l in old if l.startswith("> ")] + [f"~ {line}" for line in answer]
    return [f"> {line}" for line in answer] + [l for l in old if l.startswith("~ ")]


def recorded(path):
    """The table's text with the answers of the server under test.  Of a question where the two differ
    dnsmasq gives the lines with ~, lanlord the others."""
    out, wanted = [], iter(cases_of(path))
    got = iter(())
    lines = path.read_text().splitlines()
    for number, line in enumerate(lines):
        if line[:2] in ("> ", "~ "):
            continue
        if line.startswith("case "):
            case, lab = next(wanted), lab_module.Lab()
            try:
                start(lab, case)
                got = iter(answers(lab, case))
            finally:
                lab.close()
        out.append(line)
        if line.startswith("ask "):
            mine = [re.sub(rf"\b{socket.gethostname()}\b", "%h", answer) for answer in next(got)[1]]
            out += with_answer(lines[number + 1:], mine)
    return "\n".join(out) + "\n"


if __name__ == "__main__":
    for name in sys.argv[1:]:
        sys.stdout.write(recorded(pathlib.Path(name)))
