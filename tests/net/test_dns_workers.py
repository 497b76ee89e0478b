# SPDX-License-Identifier: ISC
"""Several threads that answer: clients are dealt out among them, and what is counted is counted once."""

import collections
import pathlib
import re
import select
import signal
import subprocess
import time

import dns.rcode
import pytest

import dns_client
from dns_client import addresses
from dns_net import FORWARD, UP, word
from lab import SERVER_IP, enter, server_is_dnsmasq, wait_for

pytestmark = pytest.mark.skipif(server_is_dnsmasq(), reason="it has one thread")

BOX = "host-record=box.lan,10.77.0.9\n"


def workers(net):
    """The thread numbers of those that answer, by name."""
    tasks = pathlib.Path(f"/proc/{net.lab.server.pid}/task").iterdir()
    return sorted((task / "comm").read_text().strip() for task in tasks
                  if (task / "comm").read_text().startswith("dns"))


def turns(net):
    """How often each of them went to sleep."""
    counts = {}
    for task in pathlib.Path(f"/proc/{net.lab.server.pid}/task").iterdir():
        if (task / "comm").read_text().startswith("dns"):
            counts[task.name] = int(re.search(r"^voluntary_ctxt_switches:\s*(\d+)",
                                              (task / "status").read_text(), re.M)[1])
    return counts


def listening(net, kind):
    """How many sockets of the server there are at each address."""
    text = subprocess.run([*enter(net.lab.namespace), "ss", "-Hln", f"-{kind}", "sport = :53"],
                          capture_output=True, text=True, check=True).stdout
    return collections.Counter(line.split()[3] for line in text.splitlines())


def ask_by_many(net, names, timeout=5):
    """Each from a port of its own, all at once; what came back by name."""
    sockets = {}
    for number, name in enumerate(names):
        sock = dns_client.udp_socket(net.host.namespace, "10.77.0.2", SERVER_IP)
        sock.send(dns_client.query(name, id=number))
        sockets[sock] = name
    replies, deadline = {}, time.monotonic() + timeout
    while sockets and time.monotonic() < deadline:
        for sock in select.select(list(sockets), [], [], 0.1)[0]:
            replies[sockets.pop(sock)] = dns_client.read(sock.recv(4096))
            sock.close()
    for sock in sockets:
        sock.close()
    return replies


def sums(net):
    """What `lanlord status` counts."""
    lines = word(net.lab, "status").stdout.splitlines()
    return {match[1].strip(): int(match[2]) for line in lines
            if (match := re.match(r"counter +(.*?) +(\d+)$", line))}


def test_every_worker_has_sockets_of_every_address_and_answers(net):
    net.start(BOX + "dns-workers=3\nbind-interfaces\n")
    wait_for("three workers", lambda: workers(net) == ["dns 1", "dns 2", "dns 3"])
    for kind in "ut":
        assert set(listening(net, kind).values()) == {3}
    before = turns(net)
    for _ in range(3):
        assert len(ask_by_many(net, [f"n{number}.box.lan" for number in range(100)])) == 100
    after = turns(net)
    assert all(after[task] > count + 3 for task, count in before.items()), (before, after)


def test_there_is_a_worker_for_every_core_that_the_server_may_use(net):
    net.conf(BOX)
    net.lab.start()
    with open(f"/proc/{net.lab.server.pid}/status", encoding="ascii") as status:
        mask = re.search(r"^Cpus_allowed:\s*([0-9a-f,]+)", status.read(), re.M)[1]
    cores = bin(int(mask.replace(",", ""), 16)).count("1")
    wait_for("a worker a core", lambda: len(workers(net)) == min(cores, 4))


def test_one_worker_shares_its_sockets_with_nobody(net):
    net.start(BOX + "dns-workers=1\n")
    wait_for("the only worker", lambda: workers(net) == ["dns 1"])
    assert set(listening(net, "u").values()) == {1}


def test_a_second_server_is_told_that_the_port_is_taken(net):
    """Although the kernel would let the same user's sockets join those of several workers."""
    net.start(BOX + "dns-workers=4\nbind-interfaces\n")
    again = net.conf(BOX + f"dns-workers=4\nbind-interfaces\npid-file={net.lab.dir}/pid2\n",
                     name="conf2")
    done = net.lab.server_run("-C", again)
    assert done.returncode == 2
    assert re.search("failed to create listening socket for .*: Address already in use", done.stderr)
    assert addresses(net.asker.udp("box.lan")) == ["10.77.0.9"]


def test_what_workers_count_is_told_as_one_sum(net):
    net.start(FORWARD + BOX + "dns-workers=4\n")
    names = [f"n{number}.wild.example" for number in range(60)]
    assert len(ask_by_many(net, names)) == 60
    assert len(ask_by_many(net, names)) == 60
    counted = sums(net)
    assert counted["queries"] == 120
    assert counted["forwarded"] == 60
    assert counted["answered here or from the cache"] == 60
    texts = [net.asker.udp(f"{name}.bind", "TXT", klass="CH").answer[0][0].to_text()
             for name in ("misses", "insertions", "cachesize", "servers")]
    assert texts[:3] == ['"60"', '"60"', '"10000"']
    assert re.fullmatch(rf'"{UP}#53 \d+ 0"', texts[3])
    net.lab.server.send_signal(signal.SIGUSR1)
    net.lab.wait_log("queries forwarded 60, queries answered locally")


def test_numbers_of_questions_are_those_of_the_whole_server(net):
    net.start(BOX + "dns-workers=4\nlog-queries=extra\n")
    for _ in range(2):
        ask_by_many(net, [f"n{number}.lan" for number in range(50)] + ["box.lan"])
    wait_for("lines", lambda: net.lab.log().count("query[A]") == 102)
    numbers = [int(number) for number in re.findall(r": (\d+) 10\.77\.0\.2/\d+ query", net.lab.log())]
    assert sorted(numbers) == list(range(1, 103))


def test_dns_forward_max_is_of_the_whole_server(net):
    net.start(FORWARD + "dns-forward-max=10\ndns-workers=4\n")
    names = [f"n{number}.slow.example" for number in range(30)]
    for name in names:
        net.upstream.say(f"{name} ! delay=0.5")
    codes = collections.Counter(reply.rcode() for reply in ask_by_many(net, names).values())
    assert codes == {dns.rcode.REFUSED: 20, dns.rcode.NXDOMAIN: 10}


def test_max_tcp_connections_is_of_the_whole_server(net):
    net.start(BOX + "max-tcp-connections=5\ndns-workers=4\n")
    links = [dns_client.tcp_socket(net.host.namespace, "10.77.0.2", SERVER_IP) for _ in range(20)]
    answered = 0
    for link in links:
        try:
            dns_client.tcp_send(link, dns_client.query("box.lan"))
            answered += dns_client.tcp_hear(link) is not None
        except OSError:
            pass
    for link in links:
        link.close()
    assert answered == 5
    counted = wait_for("an end", lambda: "0 TCP connections" in word(net.lab, "status").stdout)
    assert counted and sums(net)["TCP connections refused"] == 15


@pytest.mark.parametrize("line, port", [
    (f"server={UP}\nquery-port=5354\n", 5354), (f"server={UP}@{SERVER_IP}#5355\n", 5355),
    (f"server={UP}\nmin-port=5356\nmax-port=5356\n", 5356)])
def test_where_the_port_is_fixed_every_reply_finds_who_asked(net, line, port):
    net.start(line + "dns-workers=4\n")
    names = [f"n{number}.wild.example" for number in range(60)]
    replies = ask_by_many(net, names)
    assert [addresses(replies[name]) for name in names] == [["192.0.2.16"]] * 60
    assert {seen.source_port for seen in net.upstream.asked()} == {port}


def test_workers_leave_and_come_back_as_the_port_is_fixed_and_free(net):
    for line, count in ((FORWARD, 4), (FORWARD + "query-port=5354\n", 1), (FORWARD, 4)):
        net.conf(BOX + line + "dns-workers=4\n")
        if not net.lab.server:
            net.lab.start()
        assert word(net.lab, "reload").returncode == 0
        assert set(listening(net, "u").values()) == {count}
        names = [f"n{number}.wild.example" for number in range(30)]
        replies = ask_by_many(net, names)
        assert [addresses(replies[name]) for name in names] == [["192.0.2.16"]] * 30


def test_another_number_of_workers_waits_for_the_next_start(net):
    net.start(BOX + "dns-workers=2\n")
    net.conf(BOX + "dns-workers=3\n")
    done = word(net.lab, "reload")
    assert done.returncode == 0
    assert "dns-workers: changed; takes effect at the next start" in done.stdout
    wait_for("two workers", lambda: len(workers(net)) == 2)
