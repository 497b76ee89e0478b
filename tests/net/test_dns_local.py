# SPDX-License-Identifier: ISC
"""The tables of local answers (tests/dns/*.txt), asked of the server under test and of dnsmasq."""

import itertools
import subprocess

import pytest

import dns_table
import lab as lab_module

CASES = [case for path in sorted(dns_table.TABLES.glob("*.txt"))
         for case in dns_table.cases_of(path)]
SERVES_DNS = " no-DNS " not in subprocess.run([lab_module.SERVER, "--version"], capture_output=True,
                                              text=True).stdout


def as_soon(got, want):
    """What was wanted, where nothing but a TTL is less, by the seconds since the lease was written."""
    ours, theirs = got.split(), (want or "").split()
    if len(ours) < 4 or len(ours) != len(theirs) or ours[:2] + ours[3:] != theirs[:2] + theirs[3:]:
        return got
    late_s = int(theirs[2]) - int(ours[2]) if ours[2].isdigit() and theirs[2].isdigit() else -1
    return want if 0 <= late_s <= 3 else got


def check(lab, case, program):
    lab.program = program
    dns_table.start(lab, case)
    by_dnsmasq = program == lab_module.DNSMASQ
    for (words, got), (_, ours, theirs) in zip(dns_table.answers(lab, case), case.asks):
        want = theirs if by_dnsmasq and theirs else ours
        if case.lines["lease"]:
            got = [as_soon(line, *rest) for line, *rest in itertools.zip_longest(got, want[:len(got)])]
        assert got == want, f"{case.where}: {case.name}: ask {words}"


def name_of(case):
    return f"{case.where}: {case.name}"


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_dnsmasq_answers_as_the_table_says(lab, case):
    check(lab, case, lab_module.DNSMASQ)


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_the_server_answers_as_the_table_says(lab, case):
    if not SERVES_DNS:
        pytest.skip("this build serves no DNS")
    check(lab, case, lab_module.SERVER)


def test_the_tables_ask_a_lot():
    assert sum(len(case.asks) for case in CASES) >= 500


@pytest.mark.parametrize("program", [lab_module.DNSMASQ, lab_module.SERVER],
                         ids=["dnsmasq", "the server"])
def test_the_servers_that_were_asked_are_told(lab, program):
    if program == lab_module.SERVER and not SERVES_DNS:
        pytest.skip("this build serves no DNS")
    case = dns_table.Case("servers.bind", dns_table.TABLES / "records.txt", 0)
    case.lines["conf"].append("server=127.0.0.1#5353")
    case.asks = [(words, [], []) for words in
                 ("one.example A", "two.example A", "servers.bind TXT class=CH")]
    lab.program = program
    dns_table.start(lab, case)
    *_, (_, told) = dns_table.answers(lab, case)
    assert told == ["NOERROR aa rd ra", 'an servers.bind 0 class3 TXT "127.0.0.1#5353 2 0"']
