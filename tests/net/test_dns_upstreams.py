# SPDX-License-Identifier: ISC
"""Servers upstream that are silent, die, come back, lead back to us, or are known by a name.

The moments and ports are dnsmasq's too: LANLORD=/usr/sbin/dnsmasq runs what it has.
"""

import select
import time

import dns.rcode
import pytest

import dns_client
from dns_net import FORWARD, UP, UP2, word
from lab import SERVER_IP, wait_for

BOTH = FORWARD + f"server={UP2}\n"


def moments(seen):
    """Seconds from the first to each."""
    return [s.when - seen[0].when for s in seen]


# --- asking again -----------------------------------------------------------------------------------

@pytest.mark.parametrize("option, wanted", [
    ("fast-dns-retry=100,4000", [0, 0.1, 0.3, 0.7, 1.5, 3.1]),
    ("fast-dns-retry=200,6000", [0, 0.2, 0.6, 1.4]),
    ("fast-dns-retry", [0, 1, 3]),
])
def test_fast_dns_retry_asks_again_after_doubling_gaps(net, option, wanted):
    net.start(BOTH + option + "\n")
    net.upstream.say("* ! silent")
    net.asker.udp("deaf.example", timeout=max(wanted) + 0.8)
    for server in (UP, UP2):
        seen = [s for s in net.upstream.asked("deaf.example") if s.server == server]
        assert moments(seen) == pytest.approx(wanted, abs=0.08)


def repeats(net, count):
    """The source ports of a question that one client repeats."""
    net.upstream.say("* ! silent")
    wire = dns_client.query("again.example", id=7)
    with dns_client.udp_socket(net.host.namespace, "10.77.0.2", SERVER_IP) as sock:
        for number in range(count):
            sock.send(wire)
            wait_for("the repeat", lambda: len(net.upstream.asked("again.example")) > number)
    return [s.source_port for s in net.upstream.asked("again.example")]


@pytest.mark.parametrize("limit", [1, 3])
def test_port_limit_says_how_many_ports_a_question_leaves_from(net, limit):
    net.start(FORWARD + f"port-limit={limit}\n")
    ports = repeats(net, 6)
    assert len(ports) == 6
    assert len(set(ports)) == limit
    assert ports[:limit] == ports[limit:2 * limit]


def test_more_ports_than_there_are_is_an_error(net):
    net.conf(FORWARD + "port-limit=5\nmin-port=3000\nmax-port=3002\n")
    ended = net.lab.server_run("--test", "-C", net.lab.dir / "conf")
    assert ended.returncode == 0 or "port-limit" in ended.stderr     # dnsmasq looks at the start
    ended = net.lab.server_run("-k", "--pid-file=", "-C", net.lab.dir / "conf")
    assert ended.returncode == 1
    assert "port-limit" in ended.stderr or "port_limit" in ended.stderr


# --- upper and lower case: newer than the installed dnsmasq, so by its manual -----------------------

@pytest.mark.lanlord_only("2.90 has no do-0x20-encode")
def test_letters_go_out_in_random_case_and_come_back_as_they_were_asked(net):
    net.start(FORWARD + "do-0x20-encode\nlog-queries\n")
    name = "Www.Some-Long-Name.example"
    net.upstream.say(f"{name} 300 CNAME target.{name}.", f"target.{name} 300 A 192.0.2.90")
    reply = net.asker.udp(name)
    seen, = net.upstream.asked(name)
    assert seen.question[0][0] not in (f"{name}.", f"{name.lower()}.")
    assert reply.question[0].name.to_text() == f"{name}."
    assert {record.name.to_text() for record in reply.answer} == {f"{name}.", f"target.{name}."}
    assert seen.question[0][0].rstrip(".") not in net.lab.log()
    kept = net.asker.udp(name.upper())
    assert kept.question[0].name.to_text() == f"{name.upper()}."
    assert len(net.upstream.asked()) == 1


@pytest.mark.lanlord_only("2.90 has no do-0x20-encode")
@pytest.mark.parametrize("options", ["no-0x20-encode", "do-0x20-encode\nno-0x20-encode", ""])
def test_no_0x20_encode_beats_do_0x20_encode(net, options):
    net.start(FORWARD + options + "\n")
    net.asker.udp("Some-Long-Name.example")
    seen, = net.upstream.asked()
    assert seen.question[0][0] == "Some-Long-Name.example."


@pytest.mark.lanlord_only("2.90 has no do-0x20-encode")
def test_a_server_that_does_not_keep_case_is_asked_by_tcp_and_told_of_once(net):
    net.start(FORWARD + "do-0x20-encode\ndns-workers=4\n")
    net.upstream.say(*(f"long-name-{n}.example 300 A 192.0.2.{n}" for n in range(12)), "* ! lower")
    for n in range(12):
        assert net.asker.addresses(f"long-name-{n}.example") == [f"192.0.2.{n}"]
    assert [s.transport for s in net.upstream.asked()] == ["udp", "tcp"] * 12
    assert net.lab.log().count(f"nameserver {UP}#53 does not keep the case of letters") == 1


# --- servers that lead back -------------------------------------------------------------------------

def test_a_server_that_leads_back_is_left_out(net):
    net.upstream.say(f"{UP}: * TXT ! back", "www.example 300 A 192.0.2.93")
    net.start(BOTH + "dns-loop-detect\n")
    net.lab.wait_log(f"NOT using nameserver {UP}#53 - query loop detected")
    tried = [s for s in net.upstream.asked() if s.question[0][1] == "TXT"]
    assert {s.server for s in tried} == {UP, UP2}
    assert all(len(s.question[0][0]) == len("01234567.test.") for s in tried)
    assert net.asker.addresses("www.example") == ["192.0.2.93"]
    assert {s.server for s in net.upstream.asked("www.example")} == {UP2}


def test_where_every_server_leads_back_questions_are_refused(net):
    net.upstream.say("* TXT ! back")
    net.start(FORWARD + "dns-loop-detect\n")
    net.lab.wait_log("query loop detected")
    assert net.asker.udp("www.example").rcode() == dns.rcode.REFUSED
    assert net.upstream.asked("www.example") == []


# --- servers by the names of hosts ------------------------------------------------------------------

def hosts_of(net, text):
    """From now on the server has a hosts file of its own."""
    hosts = net.lab.dir / "hosts"
    hosts.write_text(text)
    program = net.lab.dir / "server"
    program.write_text("#!/bin/sh\nexec unshare -m sh -c "
                       f"'mount --bind {hosts} /etc/hosts && exec \"$@\"' - {net.lab.program} \"$@\"\n")
    program.chmod(0o755)
    net.lab.program = program
    return hosts


def test_a_server_by_the_name_of_a_host_is_each_of_its_addresses(net):
    hosts_of(net, f"127.0.0.1 localhost\n{UP} two.example\n{UP2} two.example\n")
    net.upstream.say("www.example 300 A 192.0.2.94", f"{UP}: www.example ! silent")
    net.start("server=two.example\nserver=/lan/two.example#5353@10.77.0.1\n")
    for address in (UP, UP2):
        net.lab.wait_log(f"using nameserver {address}#53")
        net.lab.wait_log(f"using nameserver {address}#5353 for domain lan")
    assert net.asker.addresses("www.example") == ["192.0.2.94"]


def test_a_server_whose_name_has_no_address_ends_the_start(net):
    hosts_of(net, "127.0.0.1 localhost\n")
    net.conf("server=none.invalid\n")
    ended = net.lab.server_run("-k", "--pid-file=", "-C", net.lab.dir / "conf")
    assert ended.returncode == 1
    assert "none.invalid" in ended.stderr or "Cannot resolve server name" in ended.stderr


def test_a_line_of_servers_file_whose_name_has_no_address_is_told_and_left_out(net):
    hosts_of(net, f"127.0.0.1 localhost\n{UP} up.example\n")
    listed = net.lab.dir / "listed"
    listed.write_text("server=none.invalid\nserver=/a/up.example\n")
    listed.chmod(0o644)
    net.upstream.say("www.a 300 A 192.0.2.95")
    net.start(f"servers-file={listed}\n")
    wait_for("the complaint", lambda: "none.invalid" in net.lab.log() or
             f"Cannot resolve server name at line 1 of {listed}" in net.lab.log(), 20)
    assert net.asker.addresses("www.a") == ["192.0.2.95"]


@pytest.mark.lanlord_only("dnsmasq does not read its configuration again")
def test_a_reload_looks_names_up_again(net):
    hosts = hosts_of(net, f"127.0.0.1 localhost\n{UP} up.example\n")
    net.upstream.say("www.example 0 A 192.0.2.96")
    server = net.start("server=up.example\n")
    assert net.asker.addresses("www.example") == ["192.0.2.96"]
    hosts.write_text(f"127.0.0.1 localhost\n{UP2} up.example\n")
    done = word(net.lab, "reload", "--pid", server.pid)
    assert done.returncode == 0, done.stderr + done.stdout
    assert net.asker.addresses("www.example") == ["192.0.2.96"]
    assert [s.server for s in net.upstream.asked("www.example")] == [UP, UP2]
    hosts.write_text("127.0.0.1 localhost\n")
    done = word(net.lab, "reload", "--pid", server.pid)
    assert done.returncode != 0
    assert "no address of up.example was found" in done.stderr + done.stdout
    assert net.asker.addresses("www2.example") == []        # the configuration before serves on


# --- a server that dies under load ------------------------------------------------------------------

RATE, SECONDS, PATIENCE_S = 200, 8, 2


def load(net, at_two_seconds):
    """So many questions a second, each its own name, asked once.  Seconds to each answer, None where
    none came in time."""
    sent, took = {}, {}
    with dns_client.udp_socket(net.host.namespace, "10.77.0.2", SERVER_IP) as sock:
        begin = time.monotonic()
        count = RATE * SECONDS
        while True:
            now = time.monotonic()
            due = min(int((now - begin) * RATE) + 1, count)
            for number in range(len(sent), due):
                sock.send(dns_client.query(f"q{number}.wild.example", id=number))
                sent[number] = time.monotonic()
            if at_two_seconds and now - begin > 2:
                at_two_seconds()
                at_two_seconds = None
            if len(sent) == count and now - max(sent.values()) > PATIENCE_S:
                break
            if select.select([sock], [], [], 1 / RATE)[0]:
                number = int.from_bytes(sock.recv(4096)[:2], "big")
                took.setdefault(number, time.monotonic() - sent[number])
    return [took.get(number) for number in range(count)]


@pytest.mark.lanlord_only("it loses some")
def test_a_server_that_dies_under_load_loses_no_answer_and_delays_none_by_half_a_second(net):
    times = silenced_under_load(net)
    lost = sum(t is None or t > PATIENCE_S for t in times)
    slowest = max(t for t in times if t is not None)
    print(f"{len(times)} questions, {lost} lost, the slowest took {slowest:.3f} s")
    assert lost == 0
    assert slowest < 0.5


def silenced_under_load(net):
    net.start(BOTH + "log-queries\n")
    assert net.asker.addresses("first.wild.example")
    return load(net, lambda: net.upstream.say(f"{net.upstream.asked()[-1].server}: * ! silent"))


def test_how_many_answers_a_server_that_dies_costs(net, capsys):
    """For the figure beside dnsmasq's, in the same words."""
    times = silenced_under_load(net)
    lost = sum(t is None or t > PATIENCE_S for t in times)
    with capsys.disabled():
        print(f"\n{net.lab.program}: {lost} of {len(times)} answers lost")
    assert lost < len(times) / 10
