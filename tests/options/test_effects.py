# SPDX-License-Identifier: ISC
"""Every option that is served has tests that show what it does: effects.tsv names them.

A line is OPTION<tab>TEST, where TEST is one of

    net/differential_dns/TABLE.txt: CASE    both servers are asked the same
    net/differential/TABLE.txt: CASE        the same of DHCP
    dns/TABLE.txt: CASE                     recorded answers, asked of both
    scenario/STORY.txt                      a story in virtual time
    net/test_FILE.py: TEST                  a network test (or of another folder of tests)
    unit: TEST                              a unit test of src/

or OPTION<tab>alone<tab>WHY, where an option of dnsmasq's has no test that asks dnsmasq the same: a
network test does if LANLORD=/usr/sbin/dnsmasq passes it, so one that is marked lanlord_only does not.
Options that are refused by name, or have no effect yet, need no line.
"""

import functools
import os
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
TESTS, SOURCES = HERE.parent, HERE.parents[1] / "src"
sys.path.append(str(TESTS / "net"))
from differential_dns import tables  # noqa: E402  (where it lies is known from here on)

SERVER = os.path.abspath(os.environ.get("LANLORD") or HERE.parents[1] / "build" / "lanlord")
BESIDE = ("net/differential_dns/", "net/differential/", "dns/")
HOW = "a line in tests/options/effects.tsv: OPTION<tab>TEST, with a test that shows what it does"


def rows():
    for number, line in enumerate((HERE / "effects.tsv").read_text().splitlines(), 1):
        if line and not line.startswith("#"):
            cells = line.split("\t")
            assert 2 <= len(cells) <= 3 and all(cells), f"effects.tsv:{number}: {line!r}"
            yield cells


ROWS = [row for row in rows() if row[1] != "alone"]
ALONE = {option: why for option, word, *why in rows() if word == "alone"}


@functools.cache
def options():
    """The options that are served, and of them those that are lanlord's own."""
    text = subprocess.run([SERVER, "docs-options"], capture_output=True, text=True, check=True).stdout
    served, own = set(), set()
    for line in text.splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)]
        if len(cells) == 6 and cells[3].startswith("served"):
            name = re.split(r"[=\[]", cells[1])[0]
            served.add(name)
            own |= {name} if "own" in cells[3] else set()
    return served, own


@functools.cache
def configurations(path):
    """The lines of configuration of each case of a table."""
    found, block = {}, None
    for line in (TESTS / path).read_text().splitlines():
        word, _, rest = line.partition(" ")
        if word == "case":
            lines = found[rest] = []
        elif word == "conf" and rest:
            lines.append(rest)
        elif line and not line[0].isspace():
            block = word
        elif block == "conf" and line:
            lines.append(line.strip().removeprefix("-"))
    return found


def gives(lines, option):
    return any(re.match(rf"{re.escape(option)}\b(?!-)", line) for line in lines)


@functools.cache
def unit_tests():
    return {name: text for path in SOURCES.rglob("*_test.c") for text in [path.read_text()]
            for name in re.findall(r"^TEST\((\w+)\)", text, re.M)}


def names(text, option):
    """Is the option in a test's text, or the member that it fills?"""
    text = text.replace("\\n", "\n")
    return re.search(rf"(?<![\w-])(--)?{re.escape(option)}(?![\w-])", text) \
        or option.replace("-", "_") in text


def trouble(option, test):
    """What is wrong with a line; nothing: ""."""
    where, _, name = test.partition(": ")
    if where == "unit":
        text = unit_tests().get(name)
        return "no such unit test" if text is None else "" if names(text, option) else "knows no such option"
    if not (TESTS / where).is_file():
        return "no such file"
    if where.endswith(".py"):
        text = (TESTS / where).read_text()
        if not re.search(rf"^def {re.escape(name)}\(", text, re.M):
            return "no such test"
        return "" if names(text, option) else "knows no such option"
    if where.startswith("scenario/"):
        return "" if gives(map(str.strip, (TESTS / where).read_text().splitlines()), option) \
            else "its configuration has no such option"
    lines = configurations(where).get(name)
    if lines is None:
        return "no such case"
    usual = tables.BEGINNING if where.startswith("net/differential_dns/") else []
    return "" if gives([*lines, *usual], option) else "its configuration has no such option"


def is_beside(test):
    where, _, name = test.partition(": ")
    if not where.endswith(".py"):
        return test.startswith(BESIDE)
    text = (TESTS / where).read_text()
    marks = re.search(rf"((?:^[@ ].*\n)*)^def {re.escape(name)}\(", text, re.M)[1]
    return "lanlord_only" not in marks + "".join(re.findall(r"^pytestmark.*$", text, re.M))


def test_every_option_that_is_served_has_a_test_of_what_it_does():
    served, _ = options()
    missing = sorted(served - {option for option, *_ in ROWS})
    assert not missing, f"{' '.join(missing)}: each needs {HOW}"


def test_no_line_is_about_an_option_that_is_not_served():
    served, _ = options()
    assert not {option for option, *_ in ROWS} - served
    assert not ALONE.keys() - served


def test_every_test_that_is_named_is_there_and_has_the_option():
    wrong = [f"{option}: {test}: {what}" for option, test, *_ in ROWS
             if (what := trouble(option, test))]
    assert not wrong, "\n".join(wrong)


def test_every_option_of_dnsmasqs_is_asked_of_dnsmasq_too_or_it_is_said_why_not():
    served, own = options()
    alone = served - own - {option for option, test, *_ in ROWS if is_beside(test)}
    unsaid, stale = sorted(alone - ALONE.keys()), sorted(ALONE.keys() - alone)
    assert not unsaid, f"{' '.join(unsaid)}: OPTION<tab>alone<tab>WHY says why no test of it asks both"
    assert not stale, f"{' '.join(stale)}: a test asks both, so nothing is to be said of it"
