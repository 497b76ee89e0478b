# SPDX-License-Identifier: ISC
"""The same packets to dnsmasq and to lanlord, in two networks that are alike.

Every answer is compared field by field, then the log lines about clients, then the lease file.
The cases are the tables in differential/; differential/tables.py says how they are written.
"""

import concurrent.futures
import itertools
import os
import pathlib
import threading

import pytest

import lab as lab_module
import packets
from differential import compare, tables
from differential.side import Side

HERE = pathlib.Path(__file__).resolve().parent
CASES = [case for path in sorted((HERE / "differential").glob("*.txt"))
         for case in tables.read(path)]
ALLOWED = compare.allowed()
PAIRS = 3
ANSWER_S = 5
SILENCE_S = 0.15

pytestmark = pytest.mark.skipif(not os.access(lab_module.DNSMASQ, os.X_OK),
                                reason="dnsmasq is not installed")
used, compared = set(), set()
exchanges = itertools.count()
xids = itertools.count(0x4C4C0000)


def exchange(both, step):
    """One message to both: the two answers."""
    xid = next(xids)
    next(exchanges)
    for side in both:
        side.send(step, xid)
    wait = SILENCE_S if step.expected == "silence" else ANSWER_S
    ours, theirs = both
    expected = theirs.hear(step, xid, wait)
    return xid, ours.hear(step, xid, wait), expected


def oracle_is_wrong(step, answer):
    """A line of the table that says something else than dnsmasq does."""
    if compare.kind(answer) != step.expected:
        return f"dnsmasq: {compare.kind(answer)}, the table: {step.expected}"
    said = "" if answer is None else (
        answer.message if step.expected == "nak" else answer.yiaddr)
    return step.detail and said != step.detail and f"dnsmasq: {said}, the table: {step.detail}"


def run(case, both):
    """Every difference as (step, field, what dnsmasq said, what we said)."""
    found, xids_seen = [], {}
    for step in case.steps:
        xid, ours, theirs = exchange(both, step)
        xids_seen[xid] = step.text
        table_is_wrong = oracle_is_wrong(step, theirs)
        if table_is_wrong:
            found.append((f"{step.text}: {table_is_wrong}", "table", None, None))
        jitter = theirs is not None and step.kind in ("select", "request", "reboot", "renew", "rebind")
        found += [(step.text, field, *pair)
                  for field, pair in compare.differences(ours, theirs, jitter,
                                                         step.kind == "inform").items()]
    return found, xids_seen


def afterwards(case, both, xids_seen):
    """Differences in what is left: a second answer, the log, the lease file, the exit code."""
    ours, theirs = both
    codes = [side.end(case) for side in both]
    for xid, text in xids_seen.items():
        counts = [len(side.wire.answers(xid)) for side in both]
        if counts[0] != counts[1]:
            yield text, "answers", counts[1], counts[0]
    for line, our_count, their_count in compare.logs_differ(*(side.log_lines() for side in both)):
        yield "afterwards", "log", f"{their_count} times: {line}", f"{our_count} times"
    leases = [side.lab.leases() for side in both]
    if compare.leases_differ(*leases):
        yield "afterwards", "leases", leases[1], leases[0]
    if codes[0] != codes[1]:
        yield "afterwards", "exit code", codes[1], codes[0]


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
        """Every difference of a case as (step, field, what dnsmasq said, what we said)."""
        both = self.pair()
        for side in both:
            side.begin(case)
        try:
            for side in both:
                side.start()
            found, xids_seen = run(case, both)
        except BaseException:
            for side in both:
                side.end(case)
            raise
        found += afterwards(case, both, xids_seen)
        return found


@pytest.fixture(scope="module")
def outcomes(request):
    """What will come of each case that is asked for."""
    pairs = Pairs()
    with concurrent.futures.ThreadPoolExecutor(PAIRS) as pool:
        yield {case.id: pool.submit(pairs.differences, case)
               for case in (item.callspec.params["case"] for item in request.session.items
                            if item.name.startswith("test_both_say_the_same["))}
    for side in pairs.all:
        side.close()


# --- packets of real clients -----------------------------------------------------------------------

CAPTURED = tables.Case("captured packets", "captures", [], [
    "dhcp-range=10.77.0.100,10.77.0.199,1h", "dhcp-authoritative", "dhcp-match=set:ipxe,175",
    "dhcp-boot=tag:ipxe,boot.ipxe", "dhcp-boot=tag:!ipxe,snponly.efi", "domain=lab.example",
    "dhcp-option=42,0.0.0.0"], {}, [], names=True)


def replay(side, packet):
    """The answer to the packet, sent as its client would."""
    side.wire.forget()
    mac = packets.mac_text(packet[28:34])
    side.wire.send(packet, mac)
    return side.wire.answer(int.from_bytes(packet[4:8], "big"), ANSWER_S)


@pytest.fixture(scope="module")
def captured_on():
    """Both servers, for all captures."""
    both = Side(lab_module.SERVER), Side(lab_module.DNSMASQ)
    for side in both:
        side.begin(CAPTURED)
        side.start()
    yield both
    for side in both:
        side.end(CAPTURED)
        side.close()


# Firmware last: it is offered one address and asks for another, and dnsmasq keeps no offer.
CAPTURES = sorted((HERE.parent / "corpus/pcap").glob("*.pcap"),
                  key=lambda path: (path.stem.startswith("qemu"), path))


@pytest.mark.parametrize("capture", CAPTURES, ids=lambda path: path.stem)
def test_both_say_the_same_to_a_real_client(captured_on, capture):
    kinds = []
    for packet in packets.requests_of(capture):
        ours, theirs = (replay(side, packet) for side in captured_on)
        assert compare.differences(ours, theirs, False, False) == {}
        kinds.append(compare.kind(theirs))
    assert len(kinds) >= 2 and "silence" not in kinds


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_both_say_the_same(outcomes, case):
    found = outcomes[case.id].result()
    compared.add(case.id)
    wrong, last = [], None
    for text, field, theirs, ours in found:
        row = compare.allows(ALLOWED, case.id, field)
        if row and field not in compare.NEVER:
            used.add(row)
            continue
        if not wrong or text != last:
            wrong.append(text)
            last = text
        wrong.append(f"    {field}: {theirs}, but we: {ours}")
    assert not wrong, "\n".join([case.id, *case.conf, *wrong])


def test_nothing_that_a_client_hangs_on_to_may_differ():
    assert not [row for row in ALLOWED if row[1] in compare.NEVER]


def test_every_allowed_difference_is_seen(tell):
    tell(f"differences: {len(used)} allowed "
         f"({len(compared)} configurations, {next(exchanges)} exchanges)")
    if len(compared) == len(CASES) and not lab_module.server_is_dnsmasq():
        assert used == set(ALLOWED), "docs/differences.md lists what is not there"
