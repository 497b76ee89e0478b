# SPDX-License-Identifier: ISC
"""ipset= and nftset=: what the kernel's sets hold after names were asked for."""

import os
import re
import subprocess

import pytest

import lab as lab_module
from dns_net import FORWARD, Net, word
from lab import enter, wait_for

RECORDS = """
zone example.com 60
www.example.com 300 A 192.0.2.10
www.example.com 300 AAAA 2001:db8::10
many.example.com 300 A 192.0.2.21
many.example.com 300 A 192.0.2.22
many.example.com 300 A 192.0.2.23
v4.example.com 300 A 192.0.2.11
v6.example.com 300 AAAA 2001:db8::11
alias.example.com 200 CNAME real.example.org.
real.example.org 100 A 192.0.2.12
real.example.org 100 AAAA 2001:db8::12
reverse.example.com 300 CNAME real.example.org.
reverse.example.com ! reverse
double.example.com 300 A 192.0.2.94
double.example.com ! double
stray.example.com 300 A 192.0.2.95
stray.example.com ! stray
bogus.example.com 300 A 198.51.100.66
mixture.example.com 300 A 8.8.4.4
mixture.example.com 300 A 192.168.5.6
mixture.example.com 300 A 8.8.8.8
other.example 300 A 192.0.2.50
aliased.example.com 300 A 192.0.2.80
big.example.com 300 A 192.0.2.80
big.example.com ! truncate
servfail.example.com ! servfail
""".strip().splitlines()

IPSETS = """
create four hash:ip
create six hash:ip family inet6
create www hash:ip
create net hash:net timeout 1000
create bits bitmap:ip range 192.0.2.0/24
create list list:set
create rest hash:ip
create longest hash:ip comment
"""
RULES = """
table inet fw {
    set four { type ipv4_addr; }
    set six { type ipv6_addr; }
    set spans { type ipv4_addr; flags interval; elements = { 192.0.2.16-192.0.2.21 } }
    set merged { type ipv4_addr; flags interval; auto-merge; elements = { 192.0.2.16-192.0.2.30 } }
    set late { type ipv4_addr; flags timeout; timeout 1h; }
    set two { type ipv4_addr; size 2; }
    set counted { type ipv4_addr; counter; }
    set port { type inet_service; }
    set typed { typeof ip daddr; flags interval; }
}
table ip plain {
    set four { type ipv4_addr; }
}
table ip6 plain6 {
    set six { type ipv6_addr; }
}
"""
CONF = FORWARD + """
log-queries
no-round-robin
ipset=/example.com/four,six
ipset=/www.example.com/www
ipset=/example.com/late
ipset=/many.example.com/net,bits,list,four
ipset=/#/rest
ipset=/W.www.example.com/longest
nftset=/example.com/4#inet#fw#four,6#inet#fw#six
nftset=/www.example.com/plain#four,6#ip6#plain6#six
nftset=/many.example.com/4#inet#fw#spans,4#inet#fw#merged,4#inet#fw#late,4#inet#fw#counted,4#inet#fw#typed
nftset=/v4.example.com/4#inet#fw#port,inet#fw#four,inet#none#four,none#four,inet#fw#six,other#a#b
nftset=/v6.example.com/inet#fw#four,6#plain6#six
bogus-nxdomain=198.51.100.66
alias=192.0.2.80,192.0.2.81
host-record=own.example.com,192.0.2.200
address=/block.example.com/192.0.2.201
"""
QUESTIONS = """
www.example.com A
www.example.com AAAA
w.WWW.example.com A
many.example.com A
many.example.com A
MANY.example.com A
many.example.com ANY
v4.example.com A
v4.example.com AAAA
v6.example.com AAAA
alias.example.com A
alias.example.com AAAA
reverse.example.com A
double.example.com A
stray.example.com A
bogus.example.com A
other.example A
own.example.com A
block.example.com A
servfail.example.com A
nothing.example.com A
www.example.com TXT
aliased.example.com A
""".strip().splitlines()


def run(lab, *command, text=None):
    return subprocess.run([*enter(lab.namespace), *command], input=text, text=True, check=True,
                          capture_output=True).stdout


class Sets(Net):
    """A lab with sets in the server's namespace."""

    def __init__(self, lab):
        super().__init__(lab)
        self.upstream.say(*RECORDS)
        run(lab, "ipset", "restore", text=IPSETS)
        run(lab, "nft", "-f", "-", text=RULES)

    def ask(self, line):
        name, kind = line.split()
        return self.asker.udp(name, kind)

    def held(self):
        """What the sets hold, without what is the kernel's own affair."""
        ipsets = sorted(re.sub(r" timeout \d+", "", line)
                        for line in run(self.lab, "ipset", "save").splitlines()
                        if line.startswith("add"))
        rules = run(self.lab, "nft", "list", "ruleset")
        rules = re.sub(r"( expires \S+|,|counter packets 0 bytes 0)", " ", rules)
        rules = re.sub(r"elements = \{([^}]*)\}",
                       lambda m: "elements " + " ".join(sorted(m[1].split())), rules)
        return ipsets, [line.strip() for line in rules.splitlines()]

    def said(self):
        """Of sets, and of the addresses that servers told.  Why a set does not take one, each server says
        in its own words."""
        lines = [re.sub(r"(nftset .* Error): .*", r"\1", line) for line in self.lab.log_lines()]
        return [line for line in lines
                if re.match(r": (\w+ add |nftset |reply \S+ is [\da-f.:]+$)", line)]


@pytest.fixture
def sets(lab):
    sets = Sets(lab)
    yield sets
    sets.upstream.close()


@pytest.fixture
def both():
    """lanlord's network and dnsmasq's."""
    if not os.access(lab_module.DNSMASQ, os.X_OK):
        pytest.skip("dnsmasq is not installed")
    labs = [lab_module.Lab(), lab_module.Lab()]
    labs[1].program = lab_module.DNSMASQ
    sides = [Sets(lab) for lab in labs]
    yield sides
    for side in sides:
        side.upstream.close()
        side.lab.close()


def test_both_fill_the_same_sets_and_say_so_in_the_same_order(both):
    for side in both:
        side.start(CONF)
    for question in QUESTIONS:
        before = [len(side.said()) for side in both]
        for side in both:
            side.ask(question)
        ours, theirs = (side.said()[n:] for side, n in zip(both, before))
        # dnsmasq does not tell of an address that does not belong to the name.
        assert [line for line in ours if "stray.example is" not in line] == theirs, question
    ours, theirs = (side.held() for side in both)
    assert ours == theirs
    assert any("add four 192.0.2.94" == line for line in ours[0]), "nothing was compared"


def test_stop_dns_rebind_keeps_out_what_follows_the_private_address(both):
    for side in both:
        side.start(FORWARD + "stop-dns-rebind\nno-round-robin\nipset=/#/rest\n"
                   "nftset=/example.com/4#inet#fw#four")
        side.ask("mixture.example.com A")
    assert both[0].held() == both[1].held()
    assert "add rest 8.8.4.4" in both[0].held()[0]
    assert "add rest 8.8.8.8" not in both[0].held()[0]


def test_an_address_is_in_its_set_before_the_answer_is_there(sets):
    sets.start(FORWARD + "ipset=/wild.example/rest\nnftset=/wild.example/4#inet#fw#four")
    for n in range(30):
        sets.upstream.say(f"n{n}.wild.example 300 A 192.0.2.{n + 100}")
        sets.asker.udp(f"n{n}.wild.example", "A")
        run(sets.lab, "ipset", "test", "rest", f"192.0.2.{n + 100}")
        run(sets.lab, "nft", "get", "element", "inet", "fw", "four", f"{{ 192.0.2.{n + 100} }}")


def test_addresses_come_into_sets_by_tcp_too_and_after_a_truncated_reply(sets):
    sets.start(FORWARD + "ipset=/example.com/rest")
    sets.asker.tcp("big.example.com")
    sets.asker.tcp("www.example.com")
    assert {"add rest 192.0.2.80", "add rest 192.0.2.10"} <= set(sets.held()[0])


@pytest.mark.lanlord_only("it does not hear that a set is missing")
def test_of_a_missing_ipset_it_is_told_once_until_the_files_are_read_again(sets):
    sets.start(FORWARD + "ipset=/wild.example/none\nipset=/example.com/four,six\ndns-workers=4")
    for n in range(12):
        sets.asker.udp(f"n{n}.wild.example", "A")
    sets.asker.udp("www.example.com", "A")
    line = ": failed to update ipset none: No such file or directory"
    assert sets.lab.log_lines().count(line) == 1
    assert not [found for found in sets.lab.log_lines() if "ipset six" in found]
    sets.lab.server.send_signal(1)
    wait_for("the cache to be cleared again",
             lambda: sets.lab.log_lines().count(": cleared cache") == 2)
    for n in range(12):
        sets.asker.udp(f"m{n}.wild.example", "A")
    assert sets.lab.log_lines().count(line) == 2


def capabilities(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return {key: int(value, 16) for key, value in
                re.findall(r"^Cap(Eff|Prm|Bnd|Inh):\s+(\w+)", status.read(), re.M)}


CAP_NET_ADMIN = 1 << 12


@pytest.mark.lanlord_only("its bounding set stays whole")
@pytest.mark.parametrize("line, kept", [("", 0), ("ipset=/a/s", CAP_NET_ADMIN),
                                        ("nftset=/a/t#s", CAP_NET_ADMIN),
                                        ("ipset=/a/s\nport=0", 0)])
def test_the_right_to_change_the_network_is_kept_for_sets_and_marks_alone(net, line, kept):
    net.start(FORWARD + line)
    found = capabilities(net.lab.server.pid)
    assert found == {"Eff": kept, "Prm": kept, "Bnd": kept, "Inh": 0}


@pytest.mark.lanlord_only("it has no reload")
def test_a_reload_says_that_the_first_set_takes_effect_at_the_next_start(sets):
    sets.start(FORWARD)
    sets.conf(FORWARD + "ipset=/wild.example/rest")
    done = word(sets.lab, "reload", "--pid", sets.lab.server.pid)
    assert "ipset, nftset, conntrack and connmark-allowlist-enable" in done.stdout
    sets.asker.udp("n1.wild.example", "A")
    assert "failed to update ipset rest: Operation not permitted" in sets.lab.log()
