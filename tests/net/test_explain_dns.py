# SPDX-License-Identifier: ISC
"""lanlord explain dns: what a question would get, and which line says so."""

import json
import re
import subprocess
import time

import dns.rcode
import dns.rdatatype
import pytest

from dns_net import word
from lab import SERVER

pytestmark = pytest.mark.lanlord_only("it explains nothing")

CONF = """\
no-hosts
no-resolv
addn-hosts=hosts
domain=lan
expand-hosts
local=/lan/
server=192.0.2.53
server=/corp/192.0.2.54#5353
server=/corp/192.0.2.55@eth7
server=/back.corp/#
block-list=blocked
server=/*wild/192.0.2.56
server=//192.0.2.57
address=/ads.example/0.0.0.0
address=/v4.example/192.0.2.9
address=/nil.example/
host-record=box.lan,10.77.0.9
cname=www.lan,box.lan
txt-record=t.lan,two words,"a\\"b"
srv-host=_sip._tcp.lan,box.lan,5060,1,2
mx-host=lan,box.lan,10
ptr-record=_http._tcp.lan,web.lan
caa-record=lan,0,issue,ca.example
naptr-record=n.lan,1,2,s,SIP+D2U,!a!b!,box.lan
dns-rr=odd.lan,65280,010203
synth-domain=s.lan,10.9.0.0/24,ip-
filterwin2k
domain-needed
bogus-priv
dhcp-range=10.77.0.100,10.77.0.199,1h
dhcp-leasefile=leases
"""
HOSTS = "10.77.0.20 printer\n10.77.0.21 two.lan\n10.77.0.22 two.lan\n"
BLOCKED = "# a list\n||tracks.example^\nalone.example\n||ads.example^\n"
MAC, LEASED = "02:00:00:00:00:01", "10.77.0.130"


def at(beginning):
    """Where the line that begins so stands."""
    lines = CONF.splitlines()
    found = [number for number, line in enumerate(lines, 1) if line.startswith(beginning)]
    assert len(found) == 1, beginning
    return f"conf:{found[0]}"


def record(name, kind, value, why):
    return ["answer", f"{name} 0 {kind} {value}", why]


OWN = ["result", "NOERROR", "of its own data"]
ALONE = "answered here alone, "
BOX = record("box.lan", "A", "10.77.0.9", at("host-record"))
ASKS = ["result", "asks elsewhere", "the only one"]
DEFAULT = ["server", "192.0.2.53#53", at("server=192")]
SAID = [
    ("box.lan", [OWN, BOX]),
    ("BOX.LAN.", [OWN, record("BOX.LAN", *BOX[1].split()[2:], BOX[2])]),
    ("box.lan AAAA", [["result", "NODATA", ALONE + at("local=")]]),
    ("10.77.0.9", [OWN, record("9.0.77.10.in-addr.arpa", "PTR", "box.lan", at("host-record"))]),
    ("www.lan", [OWN, record("www.lan", "CNAME", "box.lan", at("cname")), BOX]),
    ("printer.lan", [OWN, record("printer.lan", "A", "10.77.0.20", "hosts:1")]),
    ("printer", [OWN, record("printer", "A", "10.77.0.20", "hosts:1")]),
    ("10.77.0.20", [OWN, record("20.0.77.10.in-addr.arpa", "PTR", "printer.lan", "hosts:1")]),
    ("two.lan", [OWN, record("two.lan", "A", "10.77.0.21", "hosts:2"),
                 record("two.lan", "A", "10.77.0.22", "hosts:3")]),
    ("laptop.lan", [OWN, record("laptop.lan", "A", LEASED, "a lease")]),
    (LEASED, [OWN, record("130.0.77.10.in-addr.arpa", "PTR", "laptop.lan", "a lease")]),
    ("t.lan TXT", [OWN, record("t.lan", "TXT", r'"two words" "a\"b"', at("txt-record"))]),
    ("_sip._tcp.lan SRV", [OWN, record("_sip._tcp.lan", "SRV", "1 2 5060 box.lan", at("srv-host")),
                           ["additional", *BOX[1:]]]),
    ("lan MX", [OWN, record("lan", "MX", "10 box.lan", at("mx-host")), ["additional", *BOX[1:]]]),
    ("_http._tcp.lan PTR", [OWN, record("_http._tcp.lan", "PTR", "web.lan", at("ptr-record"))]),
    ("lan CAA", [OWN, record("lan", "CAA", r"\# 17 0005697373756563612e6578616d706c65",
                             at("caa-record"))]),
    ("n.lan NAPTR", [OWN, record("n.lan", "NAPTR", '1 2 "s" "SIP+D2U" "!a!b!" box.lan',
                                 at("naptr-record"))]),
    ("odd.lan TYPE65280", [OWN, record("odd.lan", "type=65280", r"\# 3 010203", at("dns-rr"))]),
    ("odd.lan 65280", [OWN, record("odd.lan", "type=65280", r"\# 3 010203", at("dns-rr"))]),
    ("ip-10-9-0-5.s.lan", [OWN, record("ip-10-9-0-5.s.lan", "A", "10.9.0.5", at("synth-domain"))]),
    ("x.ads.example", [["result", "NOERROR", at("address=/ads")],
                       record("x.ads.example", "A", "0.0.0.0", at("address=/ads"))]),
    ("v4.example", [["result", "NOERROR", at("address=/v4")],
                    record("v4.example", "A", "192.0.2.9", at("address=/v4"))]),
    ("v4.example AAAA", [ASKS, DEFAULT]),
    ("nil.example", [["result", "NXDOMAIN", ALONE + at("address=/nil")]]),
    ("x.tracks.example", [["result", "NOERROR", "blocked by a list, blocked:2"],
                          ["blocks", "tracks.example and below", "blocked:2"],
                          ["block list", "blocked", at("block-list")],
                          record("x.tracks.example", "A", "0.0.0.0", "blocked:2")]),
    ("alone.example TXT", [["result", "NODATA", "blocked by a list, blocked:3"],
                           ["blocks", "alone.example", "blocked:3"],
                           ["block list", "blocked", at("block-list")]]),
    ("nobody.lan", [["result", "NXDOMAIN", ALONE + at("local=")]]),
    ("_ldap._tcp.example.org SRV", [["result", "NODATA", "filterwin2k, " + at("filterwin2k")]]),
    ("10.1.1.1", [["result", "NXDOMAIN", "bogus-priv, " + at("bogus-priv")]]),
    ("fd00::1", [["result", "NXDOMAIN", "bogus-priv, " + at("bogus-priv")]]),
    ("example.org", [ASKS, DEFAULT]),
    ("example.org TXT", [ASKS, DEFAULT]),
    ("a.corp", [["by the line for", "corp", at("server=/corp/192.0.2.54")],
                ["result", "asks elsewhere", "all at first, then the fastest"],
                ["server", "192.0.2.54#5353", at("server=/corp/192.0.2.54")],
                ["server", "192.0.2.55#53 through eth7", at("server=/corp/192.0.2.55")]]),
    ("a.back.corp", [["by the line for", "back.corp", at("server=/back")], ASKS, DEFAULT]),
    ("a.mywild", [["by the line for", "*wild", at("server=/*wild")], ASKS,
                  ["server", "192.0.2.56#53", at("server=/*wild")]]),
]


@pytest.fixture
def folder(tmp_path):
    """The configuration with its files."""
    (tmp_path / "conf").write_text(CONF)
    (tmp_path / "hosts").write_text(HOSTS)
    (tmp_path / "blocked").write_text(BLOCKED)
    expires = int(time.time()) + 3600
    (tmp_path / "leases").write_text(f"{expires} {MAC} {LEASED} laptop 01:{MAC}\n")
    return tmp_path


def explain(folder, *words, conf="conf"):
    """On a machine that has no interface but lo."""
    return subprocess.run(["unshare", "-n", SERVER, "explain", "dns",
                           *(["-C", conf] if conf else []), *words],
                          capture_output=True, text=True, timeout=60, cwd=folder,
                          stdin=subprocess.DEVNULL)


def explained(folder, *words, **more):
    """The object that it prints."""
    done = explain(folder, "--json", *words, **more)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("\n") == 1
    return json.loads(done.stdout)


def rows(told):
    """Each thing that is said: what, its value, and the line or the words behind it."""
    return [[row["is"], row["value"], ", ".join(filter(None, (row.get("why"), row.get("origin"))))]
            for row in told["says"]]


# --- what it says -------------------------------------------------------------------------------

@pytest.mark.parametrize("question, said", SAID, ids=[question for question, _ in SAID])
def test_a_question_is_answered_with_the_line_behind_it(folder, question, said):
    done = explain(folder, *question.split())
    assert (done.returncode, done.stderr) == (0, "")
    head, *lines = done.stdout.partition("\n\n")[2].splitlines()
    assert [" ".join(line.split()) for line in lines] == [" ".join(row) for row in said]
    told = explained(folder, *question.split())
    assert rows(told) == said
    assert head == f"{told['name']} {told['type']}"


@pytest.mark.parametrize("kind, bytes", [(33, "000100020003"), (1, "0102"), (15, "0001ff"), (16, "ff61"),
                                         (35, "0001000203"), (12, "c000"), (28, "00")])
def test_a_record_whose_bytes_are_not_of_its_type_is_shown_as_bytes(folder, kind, bytes):
    (folder / "conf").write_text(f"no-hosts\nno-resolv\ndns-rr=odd.lan,{kind},{bytes}\n")
    [_, [_, value, origin]] = rows(explained(folder, "odd.lan", str(kind)))
    assert value.split(" ", 3)[3] == rf"\# {len(bytes) // 2} {bytes}"
    assert origin == "conf:3"


def test_names_without_a_domain_go_to_the_line_for_them(folder):
    (folder / "conf").write_text(CONF.replace("domain-needed\n", ""))
    assert rows(explained(folder, "plain")) == [
        ["by the line for", "names of one label", at("server=//")], ASKS,
        ["server", "192.0.2.57#53", at("server=//")]]


@pytest.mark.parametrize("option, said", [
    ("strict-order", "in this order, the next where one fails"),
    ("all-servers", "all at once, the first answer counts"),
])
def test_the_order_of_servers_is_said(folder, option, said):
    assert rows(explained(folder, "a.corp", "--", f"--{option}"))[1] == [
        "result", "asks elsewhere", said]


def test_servers_of_files_are_told_by_their_lines_there(folder):
    (folder / "resolv").write_text("# ours\nnameserver 192.0.2.1\nnameserver 192.0.2.2\n")
    (folder / "servers").write_text("server=/listed/192.0.2.3\n")
    (folder / "own").write_text("no-hosts\nresolv-file=resolv\nservers-file=servers\n")
    assert rows(explained(folder, "example.org", conf="own"))[1:] == [
        ["server", "192.0.2.1#53", "resolv:2"], ["server", "192.0.2.2#53", "resolv:3"]]
    assert rows(explained(folder, "a.listed", conf="own")) == [
        ["by the line for", "listed", "servers:1"], ASKS, ["server", "192.0.2.3#53", "servers:1"]]


def test_what_servers_are_told_is_said_with_its_line(folder):
    (folder / "own").write_text("no-hosts\nno-resolv\nserver=192.0.2.53\nadd-mac=text\n"
                                "add-subnet=24,56\nstrip-subnet\nproxy-dnssec\n")
    assert rows(explained(folder, "www.example", conf="own"))[2:] == [
        ["tells them", "the hardware address of who asks", "own:4"],
        ["tells them", "the subnet of who asks", "own:5"],
        ["leaves out", "subnets that clients tell", "own:6"],
        ["passes on", "that an answer was validated", "own:7"]]


# A line, what is asked, and what is said of the line; nothing where it does nothing to that question.
SHAPED = [
    ("ipset=/example/a,b", "www.example", [["fills", "ipset a", ""], ["fills", "ipset b", ""]]),
    ("ipset=/example/a,b", "www.example MX", []),
    ("ipset=/example/a", "box.lan", []),
    ("ipset=/example/a\nipset=/www.example/b", "x.www.example AAAA", [["fills", "ipset b", ""]]),
    ("nftset=/example/4#inet#t#s,6#ip6#t#u", "www.example", [["fills", "nftset 4 inet t s", ""]]),
    ("nftset=/example/4#inet#t#s,6#ip6#t#u", "www.example AAAA", [["fills", "nftset 6 ip6 t u", ""]]),
    ("conntrack", "www.example", [["passes on", "the mark of the client's connection", "conntrack"]]),
    ("do-0x20-encode", "www.example",
     [["asks in", "letters of either case, and checks them", "do-0x20-encode"]]),
    ("do-0x20-encode\nno-0x20-encode", "www.example", []),
    ("dns-loop-detect", "www.example", [["passes over", "servers that lead back here", "dns-loop-detect"]]),
    ("filter-A", "www.example", [["leaves out", "A", "filter-A"]]),
    ("filter-A", "www.example AAAA", []), ("filter-A", "box.lan", []),
    ("filter-AAAA", "www.example AAAA", [["leaves out", "AAAA", "filter-AAAA"]]),
    ("filter-rr=TXT,MX", "www.example MX", [["leaves out", "MX", "filter-rr"]]),
    ("filter-rr=TXT,MX", "www.example NS", []),
    ("bogus-nxdomain=192.0.2.0/24\nbogus-nxdomain=2001:db8::1", "www.example AAAA",
     [["no such name", "an answer with 2001:db8::1/128", "bogus-nxdomain"]]),
    ("ignore-address=192.0.2.7", "www.example",
     [["waits past", "an answer with 192.0.2.7/32", "ignore-address"]]),
    ("alias=192.0.2.1-192.0.2.9,10.0.0.0,255.255.255.0", "www.example",
     [["changes", "192.0.2.1-192.0.2.9 to 10.0.0.0, of which 255.255.255.0 counts", "alias"]]),
    ("alias=192.0.2.1,10.0.0.1", "www.example AAAA", []),
    ("stop-dns-rebind", "www.example",
     [["empties", "an answer with a private address", "stop-dns-rebind"]]),
    ("stop-dns-rebind\nrebind-localhost-ok", "www.example",
     [["empties", "an answer with a private address", "stop-dns-rebind"],
      ["lets by", "127.0.0.0/8 and ::1", "rebind-localhost-ok"]]),
    ("stop-dns-rebind\nrebind-domain-ok=/example/", "www.example",
     [["lets by", "private addresses", "rebind-domain-ok"]]),
    ("rebind-domain-ok=/example/", "www.example", []),
    ("cache-size=0", "www.example", [["keeps", "nothing", "cache-size"]]),
    ("cache-size=5", "www.example", []),
    ("no-negcache\nneg-ttl=5", "www.example", [["keeps", "nothing that says no", "no-negcache"]]),
    ("neg-ttl=5\nmin-cache-ttl=60\nmax-cache-ttl=90", "www.example",
     [["keeps a no", "5 s", "neg-ttl"], ["keeps at least", "60 s", "min-cache-ttl"],
      ["keeps at most", "90 s", "max-cache-ttl"]]),
    ("max-ttl=9", "www.example", [["tells at most", "9 s", "max-ttl"]]),
    ("max-ttl=9\nlocal-ttl=7\nneg-ttl=5", "box.lan",
     [["tells at most", "9 s", "max-ttl"], ["its own TTL", "7 s", "local-ttl"]]),
    ("localise-queries", "box.lan",
     [["prefers", "addresses of the network that asks", "localise-queries"]]),
    ("localise-queries", "box.lan AAAA", []),
    ("block-list=blocked\nblock-answer=nxdomain", "alone.example",
     [["answers so", "what is blocked", "block-answer"]]),
    ("block-answer=nxdomain", "box.lan", []),
    ("any-small", "box.lan ANY", [["answers ANY", "with one set of records, by UDP", "any-small"]]),
    ("local-service", "box.lan",
     [["says nothing", "who is on no network of this machine", "local-service"]]),
    ("local-service=host", "www.example", [["says nothing", "who is not this machine", "local-service"]]),
    ("local-service\ninterface=lo", "box.lan", []),
    ("connmark-allowlist-enable\nconnmark-allowlist=1/15,*.example.org\nconnmark-allowlist=2,*",
     "www.example.org MX", [["may ask", "mark 1/15", "connmark-allowlist"],
                            ["may ask", "mark 2/4294967295", "connmark-allowlist"],
                            ["refuses", "any other mark but 0", "connmark-allowlist-enable"]]),
    ("connmark-allowlist-enable\nconnmark-allowlist=1,*.example.org", "box.lan",
     [["refuses", "any other mark but 0", "connmark-allowlist-enable"]]),
    ("connmark-allowlist=1,*.example.org", "www.example.org", []),
]


@pytest.mark.parametrize("lines, question, said", SHAPED,
                         ids=[f"{lines} {question}" for lines, question, _ in SHAPED])
def test_what_shapes_an_answer_is_said_with_its_line(folder, lines, question, said):
    (folder / "plain").write_text("no-hosts\nno-resolv\nserver=192.0.2.53\nhost-record=box.lan,192.0.2.9\n")
    (folder / "own").write_text((folder / "plain").read_text() + lines + "\n")
    told = explained(folder, *question.split(), conf="own")["says"]
    known = {row["is"] for row in explained(folder, *question.split(), conf="plain")["says"]}
    known |= {"blocks", "block list", "result"}
    more = [row for row in told if row["is"] not in known]
    assert [[row["is"], row["value"], row.get("why", "")] for row in more] == said
    own = (folder / "own").read_text().splitlines()
    for row in more:
        file, _, number = row["origin"].partition(":")
        assert file == "own" and own[int(number) - 1].startswith((row.get("why") or row["value"].split()[0]))


def test_that_there_is_nobody_to_ask_is_said(folder):
    assert rows(explained(folder, "example.org", "--", "--no-resolv", "--no-hosts", conf=None)) == [
        ["result", "REFUSED", "there is no server to ask"]]
    assert rows(explained(folder, "box.lan", "--", "--port=0")) == [
        ["result", "nothing", "port=0 turns DNS off"]]


def test_a_lease_has_no_name_where_no_addresses_are_given_out(folder):
    (folder / "conf").write_text(CONF.replace("dhcp-range", "#dhcp-range"))
    told = explained(folder, "laptop.lan")
    assert rows(told) == [["result", "NXDOMAIN", ALONE + at("local=")]]
    assert told["assumed"] == []


def test_what_was_assumed_comes_first(folder):
    done = explain(folder, "box.lan")
    assert done.stdout.startswith("assumed: ")
    assert "assumed: the leases are those of leases, 1\n" in done.stdout


def test_which_address_comes_first_depends_on_where_the_question_came_in(net):
    hosts = net.lab.dir / "hosts"
    hosts.write_text("10.78.0.9 two.lan\n10.77.0.9 two.lan\n")
    conf = net.conf(f"addn-hosts={hosts}\nlocalise-queries")
    done = word(net.lab, "explain", "dns", "two.lan", "-C", conf, "--interface", "br0", "--json")
    assert [row["value"] for row in json.loads(done.stdout)["says"] if row["is"] == "answer"] == [
        "two.lan 0 A 10.77.0.9"]


# --- as the server --------------------------------------------------------------------------------

def answer_text(reply):
    """The records of a reply's answer, in explain's words."""
    return sorted(re.sub(r"\.( |$)", r"\1", f"{found.name} {found.ttl} {kind_text(found.rdtype)} "
                                            f"{found[0].to_text()}")
                  for found in reply.answer)


def kind_text(kind):
    return re.sub("^TYPE", "type=", dns.rdatatype.to_text(kind))


def test_the_server_answers_what_was_explained(net):
    """All that it knows of itself: the same code, and the same records."""
    (net.lab.dir / "hosts").write_text(HOSTS)
    net.lab.lease_file.write_text(f"{int(time.time()) + 3600} {MAC} {LEASED} laptop 01:{MAC}\n")
    (net.lab.dir / "blocked").write_text(BLOCKED)
    own = {"no-hosts", "no-resolv", "dhcp-leasefile", "addn-hosts", "block-list"}
    net.start("\n".join([f"addn-hosts={net.lab.dir}/hosts", f"block-list={net.lab.dir}/blocked",
                         *(line for line in CONF.splitlines() if line.split("=")[0] not in own)]))
    net.lab.wait_log("hosts - ")
    for question, said in SAID:
        done = word(net.lab, "explain", "dns", *question.split(), "-C", net.lab.dir / "conf", "--json")
        told = json.loads(done.stdout)
        if said[0][0] != "result" or said[0][1] == "asks elsewhere" or " CAA " in said[-1][1]:
            continue		# dnspython writes a CAA record in words
        reply = net.asker.udp(told["name"], told["type"].replace("type=", "TYPE"))
        rcode = told["says"][0]["value"].replace("NODATA", "NOERROR")
        assert dns.rcode.to_text(reply.rcode()) == rcode, question
        assert answer_text(reply) == sorted(row["value"] for row in told["says"]
                                            if row["is"] == "answer"), question


# --- mistakes ------------------------------------------------------------------------------------

@pytest.mark.parametrize("words, complaint", [
    ([], "which name?  Write lanlord explain dns NAME"),
    (["a..b"], "a..b is no domain name: labels have 1 to 63 bytes, all of it 255"),
    (["a" * 64], "labels have 1 to 63 bytes"),
    ([""], "is no domain name"),
    (["x", "NONSENSE"], "NONSENSE: write a type such as AAAA or 28"),
    (["x", "TYPE65536"], "TYPE65536: write a type such as AAAA or 28"),
    (["x", "A", "y"], "y: one name and one type at a time"),
    (["x", "--nonsense"], "--nonsense: explain dns knows no such word; see lanlord explain dns --help"),
    (["x", "--interface"], "--interface: its value is missing"),
    (["x", "--interface", "i" * 16], "no interface has such a long name"),
    (["x", "--", "--nonsense"], 'command line: unknown option "nonsense"'),
])
def test_a_mistake_in_the_question_is_named(folder, words, complaint):
    done = explain(folder, *words)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("lanlord: ") and complaint in done.stderr
    assert done.stderr.count("\n") == 1


def test_mistakes_of_the_configuration_are_all_told(folder):
    (folder / "conf").write_text("server=nonsense here\nlocal-ttl=x\n")
    done = explain(folder, "box.lan")
    assert (done.returncode, done.stdout) == (1, "")
    assert "conf:1: " in done.stderr and "conf:2: " in done.stderr


def test_a_configuration_that_is_not_there_is_an_error_of_files(folder):
    done = explain(folder, "box.lan", conf="nothing")
    assert done.returncode == 3
    assert "nothing: No such file or directory" in done.stderr


def test_a_wrong_line_of_a_hosts_file_is_told_and_the_rest_counts(folder):
    (folder / "hosts").write_text("nonsense box\n" + HOSTS)
    done = explain(folder, "printer.lan")
    assert done.returncode == 0
    assert "hosts:1: bad address" in done.stderr
    assert "10.77.0.20" in done.stdout and "hosts:2" in done.stdout


def test_help_leads_here(folder):
    shown = subprocess.run([SERVER, "explain", "--help"], capture_output=True, text=True, timeout=20)
    assert "lanlord explain dns --help" in shown.stdout


def test_help_tells_of_every_word(folder):
    done = explain(folder, "--help", conf=None)
    assert done.returncode == 0
    assert all(f" {w} " in done.stdout for w in ("NAME", "-C", "--interface", "--json", "--"))


def test_what_a_name_holds_does_not_break_the_object(folder):
    assert explained(folder, 'a\\034b\\\\c.lan')["name"] == 'a"b\\\\c.lan'
    (folder / "conf").write_text(CONF + 'txt-record=odd.lan,"a\x7f\\b"\n')
    assert rows(explained(folder, "odd.lan", "TXT"))[1][1].startswith("odd.lan 0 TXT ")


def test_options_about_age_and_strangers_are_told_where_they_matter(tmp_path):
    conf = tmp_path / "conf"
    conf.write_text("no-resolv\nno-hosts\nserver=192.0.2.53\nprefetch\nserve-stale\nrate-limit=5\n"
                    "any-small\nhost-record=a.lan,192.0.2.9,::9\n")

    def said(*words):
        done = subprocess.run([SERVER, "explain", "dns", *words, "-C", str(conf), "--json"],
                              capture_output=True, text=True, check=True)
        return {(row["is"], row["value"]): row.get("origin", "").rpartition(":")[2]
                for row in json.loads(done.stdout)["says"]}

    asked = said("www.example")
    assert asked["at its end", "asked for anew before"] == "4"
    assert asked["out of date", "given where no server answers in time"] == "5"
    assert asked["strangers", "get so many answers a second by UDP"] == "6"
    here = said("a.lan")
    assert not {"at its end", "out of date"} & {label for label, _ in here}
    assert ("answer", "a.lan 0 AAAA ::9") not in said("a.lan", "ANY")
    assert any("HINFO" in value for _, value in said("www.example", "ANY"))
