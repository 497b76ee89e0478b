# SPDX-License-Identifier: ISC
"""The same questions to dnsmasq and to lanlord, in two networks that are alike.

Every reply is compared field by field, then what upstream was asked, then the log.  The cases are
the tables in differential_dns/; differential_dns/tables.py says how they are written.
"""

import concurrent.futures
import itertools
import os
import pathlib
import random
import threading
import time

import pytest

import dns_client
import lab as lab_module
from differential.compare import allowed, allows
from differential_dns import compare, tables
from differential_dns.side import Side

HERE = pathlib.Path(__file__).resolve().parent
CASES = [case for path in sorted((HERE / "differential_dns").glob("*.txt"))
         for case in tables.read(path)]
ALLOWED = allowed("dns/[a-z]+")
PAIRS = 4
ANSWER_S = 5
SILENCE_S = 0.3
SETTLE_S = 0.3

pytestmark = pytest.mark.skipif(not os.access(lab_module.DNSMASQ, os.X_OK),
                                reason="dnsmasq is not installed")
used, compared = set(), set()
exchanges = itertools.count()


def wires_of(step):
    """The question's bytes, as often as it is asked; both servers get the same."""
    words = step.words
    flags = sum(bit for word, bit in (("ad", dns_client.AD), ("cd", dns_client.CD),
                                      ("tc", dns_client.TC), ("qr", dns_client.QR)) if word in words)
    flags |= 0 if "norec" in words else dns_client.RD
    flags |= int(words.get("flags", "0"), 0)
    opt = None
    if {"edns", "do", "version", "opt"} & words.keys() or step.options:
        opt = dns_client.opt_record(int(words.get("edns") or 1232), "do" in words,
                                    int(words.get("version", 0)), step.options)
    tail = bytes.fromhex(words.get("tail", ""))
    for _ in range(int(words.get("times", 1))):
        id = random.randrange(65536)
        if "raw" in words:
            yield id.to_bytes(2) + bytes.fromhex(words["raw"])
            continue
        wire = dns_client.query(step.name, step.type, id=id, flags=flags,
                                opcode=int(words.get("opcode", 0)), klass=words.get("class", "IN"),
                                opt=opt, questions=int(words.get("questions", 1)), tail=tail)
        if int(words.get("opt", 1)) > 1:
            wire = wire[:10] + int(words["opt"]).to_bytes(2) + wire[12:] + opt
        yield wire


def ask(both, step, in_order):
    """The differences of one question: (text, field, what dnsmasq said, what we said)."""
    wires = list(wires_of(step))
    sent = [side.send(step, wires) for side in both]
    next(exchanges)
    if "later" in step.words:
        return
    wait = SILENCE_S if step.expected == "silence" else ANSWER_S
    theirs = both[1].hear(step, sent[1], wait)
    ours = both[0].hear(step, sent[0], wait)
    said = {compare.summary(reply) for reply in theirs}
    if step.expected != "any" and said != {step.expected}:
        yield f"{step.text}: dnsmasq: {' / '.join(sorted(said))}", "table", None, None
    for mine, other, wire in zip(ours, theirs, wires):
        for field, pair in compare.differences(mine, other, wire, in_order).items():
            yield step.text, field, *pair


def run(case, both):
    """Every difference as (step, field, what dnsmasq said, what we said)."""
    found = []
    for step in case.steps:
        if step.action == "wait":
            both[0].act(step)
        elif step.action:
            for side in both:
                side.act(step)
        else:
            found += ask(both, step, "no-round-robin" in case.conf)
    return found


def queries(both):
    """What upstream was asked, once as much on both sides, or after a moment."""
    deadline = time.monotonic() + SETTLE_S
    before, now = None, [side.upstream.asked() for side in both]
    while time.monotonic() < deadline and not (before == now and len(now[0]) == len(now[1])):
        time.sleep(0.01)
        before, now = now, [side.upstream.asked() for side in both]
    return [compare.asked(seen, side.ports) for seen, side in zip(now, both)]


def afterwards(both):
    """Differences in what upstream was asked, the log, the exit code."""
    asked = queries(both)
    codes = [side.end() for side in both]
    for what, *pair in compare.counts_differ(*asked):
        yield f"upstream: {what}", "upstream", *pair
    logs = [compare.log_lines(side.log_lines(), side.dir) for side in both]
    for line, *pair in compare.counts_differ(*logs):
        yield f"log: {line}", "log", *pair
    if codes[0] != codes[1]:
        yield "the end", "exit code", codes[1], codes[0]


class Pairs:
    """Runs the cases, some at a time; each thread has a pair of networks of its own."""

    def __init__(self):
        self.own = threading.local()
        self.all = []

    def pair(self):
        if not hasattr(self.own, "pair"):
            self.own.pair = (Side(lab_module.SERVER), Side(lab_module.DNSMASQ))
            self.all.extend(self.own.pair)
        return self.own.pair

    def differences(self, case):
        both = self.pair()
        for side in both:
            side.begin(case)
        try:
            for side in both:
                side.start()
            found = run(case, both)
        except BaseException:
            for side in both:
                side.end()
            raise
        return [*found, *afterwards(both)]


@pytest.fixture(scope="module")
def outcomes(request):
    """What will come of each case that is asked for."""
    pairs = Pairs()
    with concurrent.futures.ThreadPoolExecutor(PAIRS) as pool:
        yield {case.id: pool.submit(pairs.differences, case)
               for case in (item.callspec.params["case"] for item in request.session.items
                            if item.name.startswith("test_both_answer_the_same["))}
    for side in pairs.all:
        side.close()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_both_answer_the_same(outcomes, case):
    found = outcomes[case.id].result()
    compared.add(case.id)
    wrong, last = [], None
    for text, field, theirs, ours in found:
        row = allows(ALLOWED, case.id, field)
        if row and field not in compare.NEVER:
            used.add(row)
            continue
        if text != last:
            wrong.append(text)
            last = text
        wrong.append(f"    {field}: {theirs}, but we: {ours}")
    assert not wrong, "\n".join([case.id, *case.conf, *wrong])


def test_nothing_that_whoever_asks_hangs_on_to_may_differ():
    assert not [row for row in ALLOWED if row[1] in compare.NEVER]


def test_every_allowed_difference_of_names_is_seen(tell):
    tell(f"differences in DNS: {len(used)} allowed "
         f"({len(compared)} configurations, {next(exchanges)} questions)")
    if len(compared) == len(CASES) and not lab_module.server_is_dnsmasq():
        assert used == set(ALLOWED), "docs/differences.md lists what is not there"
