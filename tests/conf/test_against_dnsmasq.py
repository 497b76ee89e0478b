# SPDX-License-Identifier: ISC
"""The configuration language beside dnsmasq's: what --test says of the same lines.

Each lines/*.txt holds a configuration a line, \\n for a new line in it (and \\t \\r \\\\).  The
character before it says what is expected:

    =   both accept it, or both refuse it
    +   lanlord accepts what dnsmasq refuses
    -   lanlord refuses what dnsmasq accepts

A line that begins with # before a group says why its lines differ.  port=0 is added to a
configuration that does not set it, since DNS is not served.
"""

import concurrent.futures
import os
import pathlib
import shutil
import subprocess

import pytest

HERE = pathlib.Path(__file__).resolve().parent
SERVER = os.path.abspath(os.environ.get("LANLORD") or HERE.parents[1] / "build" / "lanlord")
DNSMASQ = shutil.which("dnsmasq", path="/usr/sbin:/usr/bin")
FILES = sorted((HERE / "lines").glob("*.txt"))

pytestmark = pytest.mark.skipif(not DNSMASQ, reason="dnsmasq is not installed")


def run(program, *words):
    """The exit code of a --test, and what it said."""
    done = subprocess.run([program, "--test", *words], stdin=subprocess.DEVNULL,
                          capture_output=True, timeout=60)
    return done.returncode, (done.stderr + done.stdout).decode(errors="replace").strip()


def unescape(text):
    for escape, means in (("\\\\", "\0"), ("\\n", "\n"), ("\\t", "\t"), ("\\r", "\r"), ("\0", "\\")):
        text = text.replace(escape, means)
    return text


def sets_port(text):
    return any(line.strip().strip('"').startswith("port") for line in text.split("\n"))


def lines_of(path):
    for line in path.read_text().splitlines():
        if line and not line.startswith("#"):
            yield line[0], line[1:]


def judge(conf, line):
    """Both verdicts as one character, and what lanlord said."""
    text = unescape(line)
    conf.write_text(text + ("" if sets_port(text) else "\nport=0\n"))
    theirs, _ = run(DNSMASQ, "-C", str(conf))
    ours, said = run(SERVER, "-C", str(conf))
    verdict = {(True, True): "=", (False, False): "=", (False, True): "+",
               (True, False): "-"}[theirs == 0, ours == 0]
    if ours not in (0, 1, 3, 10) or (ours and f"{conf}:" not in said):
        verdict = "!"                   # it does not say where
    return verdict, said


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_both_say_the_same_of_a_line(path, tmp_path):
    lines = list(lines_of(path))
    confs = [tmp_path / str(i) for i in range(len(lines))]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        verdicts = list(pool.map(judge, confs, [line for _, line in lines]))
    wrong = [f"{verdict} instead of {expected}: {line}\n    {said}"
             for (expected, line), (verdict, said) in zip(lines, verdicts) if verdict != expected]
    print(f"differences: {path.stem}: {sum(v != '=' for v, _ in verdicts)}")
    assert not wrong, "\n".join(wrong)


WORDS = [
    ["--port=0"], ["--port", "0"], ["-p", "0"], ["-p0"], ["-kp0"], ["-p=0"],
    ["-p0", ""], ["-p0", " "], ["-p0", "\t"], ["-p0", "x"], ["-p0", "-"], ["-p0", "--"],
    ["-p0", "--", "x"], ["-p0", "--", " "],
    ["-p0", "--pid-file"], ["-p0", "--pid-file="], ["-p0", "--pid-file=/x"],
    ["-p0", "--pid-file", "/x"], ["-p0", "-x", "/x"], ["-p0", "-x/x"], ["-p0", "-x"],
    ["-p0", "--nope"], ["-p0", "-!"], ["--="], ["-p0", "--no-resol"], ["-p0", "--dhcp"],
    ["-p0", "--no-dhcp-interface=x"], ["-p0", "--no-dhcp=x"], ["--por=0"],
    ["-p0", "--no-resolv=1"], ["-p0", "--no-resolv", "x"], ["--port"], ["-p"],
    ["--port=0", "--port=0"], ["-p0", "--port=0"], ["--port=0 "], ["--port="], ['--port="0"'],
    ["-p0", "--txt-record=a,b#c #d"], ["-p0", "--interface= a , b "], ["-p0", "-i", "a,b"],
    ["-p0", "--dhcp-range", "192.0.2.10,192.0.2.20,1h"], ["-p0", "--dhcp-range=192.0.2.10"],
    ["-p0", "--add-mac"], ["-p0", "--add-mac=text"], ["-p0", "--add-mac", "text"],
    ["-p0", "-q"], ["-p0", "-qx"], ["-p0", "--log-queries=extra"], ["-p0", "-h"], ["-p0", "-hR"],
    ["-p0", "--server", "192.0.2.1"], ["-p0", "-S", "/lan/192.0.2.1"], ["-p0", "-S/lan/"],
    ["-p0", "-7", "/nonexistent"], ["-p0", "--conf-dir=/dev,*.none"], ["-p0", "--conf-dir"],
    ["-p0", "--conf-dir="], ["-p0", "-7", ",.x"], ["-p0", "-7", "/etc/passwd"],
    ["-p0", "--user"], ["-p0", "--user="], ["-p0", "--user", "nobody"], ["-p0", "-u"],
    ["-p0", "--group"], ["-p0", "--group="], ["-p0", "--group", "mail"], ["-p0", "-gmail"],
]


@pytest.mark.parametrize("words", WORDS, ids=" ".join)
def test_both_say_the_same_of_a_command_line(words):
    theirs, what = run(DNSMASQ, "-C", "/dev/null", *words)
    ours, said = run(SERVER, "-C", "/dev/null", *words)
    assert ours == theirs, f"dnsmasq {theirs}: {what}\nlanlord {ours}: {said}"


FILE_WORDS = [["-C"], ["-C", ""], ["--conf-file"], ["--conf-file="], ["-C", "/nonexistent"],
              ["-C", "/nonexistent", "x"], ["-C", "/dev/null", "-C", "/nonexistent"]]


@pytest.mark.parametrize("words", FILE_WORDS, ids=" ".join)
def test_both_find_the_file_that_they_begin_with(words):
    theirs, what = run(DNSMASQ, "-p0", *words)
    ours, said = run(SERVER, "-p0", *words)
    assert ours == theirs, f"dnsmasq {theirs}: {what}\nlanlord {ours}: {said}"


# A question is answered when the words before it are right, and the first of several.
QUESTIONS = [
    ["--version"], ["--vers"], ["-kv"], ["--help"], ["-w"], ["--help", "dhcp"], ["--hel", "dhcp"],
    ["-w", "dhcp6"], ["--help", "dhcp", "-p0"], ["--help", "x"], ["--help=dhcp"], ["-wdhcp"],
    ["--help", "--version"], ["--version", "--help"], ["--test", "--version"],
    ["--version", "--bogus"], ["--bogus", "--version"], ["--bogus", "--help"],
    ["--version", "-C", "/nonexistent"], ["--port=x", "--help"],
]


def answer(program, words):
    """The exit code, and which kind of answer stands on the first line."""
    done = subprocess.run([program, *words], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=60)
    first = done.stdout.split("\n")[0]
    kinds = [kind for kind in ("version", "Usage", "Known DHCP", "Known DHCPv6") if kind in first]
    return done.returncode, kinds


@pytest.mark.parametrize("words", QUESTIONS, ids=" ".join)
def test_both_answer_the_same_questions(words):
    assert answer(SERVER, words) == answer(DNSMASQ, words)


# A folder of odd names: which of them are read shows in the exit code.
@pytest.mark.parametrize("suffixes", ["", ",.bad", ",*.conf", ",*.bad", ",*", ",*.conf,.conf",
                                      ",.bad,.link", ",*.link", ",.conf,.bad,.link,d,'#,\n"])
def test_both_read_the_same_files_of_a_folder(tmp_path, suffixes):
    (tmp_path / "a.conf").write_text("port=0\n")
    (tmp_path / "sub.conf").mkdir()
    for name in ("b~", ".c.conf", "#d#"):
        (tmp_path / name).write_text("skipped=always\n")
    (tmp_path / "e.bad").write_text("no-such-option\n")
    (tmp_path / "f.link").symlink_to("nowhere")
    words = ["-C", "/dev/null", "-p0", "-7", f"{tmp_path}{suffixes}"]
    theirs, what = run(DNSMASQ, *words)
    ours, said = run(SERVER, *words)
    assert (ours == 0) == (theirs == 0), f"dnsmasq {theirs}: {what}\nlanlord {ours}: {said}"


def test_an_unreadable_file_is_one_line(tmp_path):
    """What else seems to be missing may stand in that file."""
    code, said = run(SERVER, "-C", str(tmp_path / "missing"))
    assert code == 3
    assert [line for line in said.split("\n") if line] == [
        f"lanlord: command line: cannot read {tmp_path}/missing: No such file or directory"]
