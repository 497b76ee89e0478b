# SPDX-License-Identifier: ISC
"""The tables of local answers (tests/dns/*.txt), asked of the server under test and of dnsmasq."""

import subprocess

import pytest

import dns_table
import lab as lab_module

CASES = [case for path in sorted(dns_table.TABLES.glob("*.txt"))
         for case in dns_table.cases_of(path)]
SERVES_DNS = " no-DNS " not in subprocess.run([lab_module.SERVER, "--version"], capture_output=True,
                                              text=True).stdout


def check(lab, case, program):
    lab.program = program
    dns_table.start(lab, case)
    by_dnsmasq = program == lab_module.DNSMASQ
    for (words, got), (_, ours, theirs) in zip(dns_table.answers(lab, case), case.asks):
        want = theirs if by_dnsmasq and theirs else ours
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
