# SPDX-License-Identifier: ISC
"""Two answers to one message, field by field, and the differences that are allowed.

The allowed ones stand in docs/differences.md: at the end of a row's first cell `table: case: field`,
where the case may be a pattern and there may be several fields.
"""

import collections
import fnmatch
import pathlib
import re
import struct

DIFFERENCES = pathlib.Path(__file__).resolve().parents[3] / "docs" / "differences.md"
KINDS = {2: "offer", 5: "ack", 6: "nak", None: "reply"}
HEADER = ("op", "htype", "hlen", "hops", "xid", "secs", "flags", "ciaddr", "yiaddr", "siaddr",
          "giaddr", "chaddr", "sname", "file")
TRAVEL = ("eth_dst", "ip_dst", "src_port", "dst_port")
# What a client hangs on to: nothing may be different here.
NEVER = {f"option {code}" for code in (53, 54, 51, 1, 3, 6, 43, 60, 66, 67, 82, 97, 175)} | {
    "siaddr", "file", "giaddr", "eth_dst", "ip_dst", "dst_port", "kind", "order"}
T1, T2 = 58, 59


def kind(message):
    if message is None:
        return "silence"
    body = message.option(53)
    return KINDS[body[0] if body else None]


def fields(message):
    """Everything of an answer by name; the order of options is only that 53 leads and 82 ends.

    Not the address that it comes from: dnsmasq leaves that to the kernel, which chooses among the
    server's own by the destination.
    """
    if message is None:
        return {"kind": "silence"}
    found = {"kind": kind(message)}
    found |= {name: getattr(message, name) for name in HEADER + TRAVEL}
    found["size"] = message.size
    if message.ip_dst == message.yiaddr:
        found["ip_dst"] = "its new address"
    for code in sorted(set(message.codes)):
        found[f"option {code}"] = [body for c, body in message.options if c == code]
    order = message.codes
    found["order"] = (53 in order and order[0] != 53) or (82 in order and order[-1] != 82)
    return found


def seconds(bodies):
    return struct.unpack("!I", bodies[0])[0] if bodies and len(bodies[0]) == 4 else None


def times_agree(ours, theirs):
    """T1 and T2 of a renewal are half and seven eighths of the lease, less at most a sixteenth of
    it, the same for both; dnsmasq throws dice for it, and so do we."""
    sets = []
    for found in (ours, theirs):
        lease = seconds(found.get("option 51"))
        t1, t2 = seconds(found.get(f"option {T1}")), seconds(found.get(f"option {T2}"))
        if None in (lease, t1, t2):
            return False
        off1, off2 = lease // 2 - t1, lease * 7 // 8 - t2
        sets.append(0 <= off1 <= lease // 16 and abs(off1 - off2) <= 1)
    return all(sets)


def leases_agree(ours, theirs):
    """What is left of a lease may turn by a second between two answers."""
    left = [seconds(found.get("option 51")) for found in (ours, theirs)]
    return None not in left and abs(left[0] - left[1]) <= 1


def differences(ours, theirs, jitter, left=False):
    """The names of the fields that differ, each with what was expected and what came.

    JITTER: T1 and T2 are those of a renewal.  LEFT: the lease time is what is left.
    """
    ours, theirs = fields(ours), fields(theirs)
    if ours["kind"] != theirs["kind"]:
        name = "answer" if "silence" in (ours["kind"], theirs["kind"]) else "kind"
        return {name: (theirs["kind"], ours["kind"])}
    differ = {name: (theirs.get(name), ours.get(name)) for name in theirs | ours
              if theirs.get(name) != ours.get(name)}
    times = {f"option {T1}", f"option {T2}"}
    if jitter and times & set(differ) and times_agree(ours, theirs):
        differ = {name: pair for name, pair in differ.items() if name not in times}
    if left and "option 51" in differ and leases_agree(ours, theirs):
        del differ["option 51"]
    return differ


def lease_lines(lines):
    """Lines of a lease file by address: the end of the lease, and the rest."""
    return {line[2]: (int(line[0]), line[1:]) for line in lines}


def leases_differ(ours, theirs):
    """Whether two lease files say something else; the ends may be 3 seconds apart."""
    ours, theirs = lease_lines(ours), lease_lines(theirs)
    return ours.keys() != theirs.keys() or any(
        ours[a][1] != theirs[a][1] or abs(ours[a][0] - theirs[a][0]) > 3 for a in ours)


def logs_differ(ours, theirs):
    """The log lines that one said more often, with both counts; the jitter of T1 and T2 apart."""
    counts = [collections.Counter(re.sub(r"(option: 5[89] T[12]) .*", r"\1", line) for line in lines)
              for lines in (ours, theirs)]
    for line in counts[0] | counts[1]:
        if counts[0][line] != counts[1][line]:
            yield line, counts[0][line], counts[1][line]


def allowed(table="[a-z]+"):
    """The (case pattern, field) pairs of the table in docs/differences.md, for such tables."""
    rows = []
    for line in DIFFERENCES.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        tests = re.findall(rf"`({table}: [^`]+): ([^:`]+)`", cells[0])
        if line.startswith("|") and tests:
            assert len(cells) == 4 and all(cells), f"reason, risk and off-switch: {line}"
        rows += [(case, field) for case, fields in tests for field in fields.split(", ")]
    return rows


def allows(rows, case, field):
    return next((row for row in rows if row[1] == field and fnmatch.fnmatchcase(case, row[0])),
                None)
