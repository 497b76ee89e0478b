# SPDX-License-Identifier: ISC
"""Names as clients on the wire get them: where replies come from, what a stranger can guess, many at
once, and what goes on while the configuration changes."""

import collections
import concurrent.futures
import random
import select
import shutil
import signal
import socket
import struct
import subprocess
import threading
import time

import dns.rcode
import pytest

import dns_client
from dns_client import Asker, addresses
from dns_upstream import LIE, Upstream
from lab import SERVER_IP, inside, ip, unshare, wait_for
from packets import RELEASE, Client, Wire, option_ip

pytestmark = pytest.mark.skipif(not dns_client.names_are_served(), reason="no names yet")

UP = "10.77.0.53"
RANGE = "dhcp-range=10.77.0.100,10.77.0.199,1h\nno-ping\n"
FORWARD = f"server={UP}\n"
QUERIES_PER_PORT_MAX = 64


class Net:
    """A lab with one who asks, and upstream servers beside it."""

    def __init__(self, lab):
        self.lab = lab
        self.host = lab.host(address="10.77.0.2/24")
        self.host.address_add(f"{UP}/24")
        self.host.address_add("10.77.0.54/24")
        ip("addr add fd77::1/64 dev br0 nodad", namespace=lab.namespace)
        ip("addr add fd77::2/64 dev eth0 nodad", namespace=self.host.namespace)
        self.upstream = Upstream(self.host.namespace, [UP, "10.77.0.54"],
                                 ["*.wild.example 300 A 192.0.2.16"])
        self.asker = Asker(self.host, SERVER_IP, "10.77.0.2")

    def conf(self, text, interface="br0", hosts=False, name="conf"):
        lines = [f"dhcp-leasefile={self.lab.lease_file}"]
        if not hosts:
            lines += ["no-resolv", "no-hosts"]
        if interface:
            lines.append(f"interface={interface}")
        path = self.lab.dir / name
        path.write_text("\n".join(lines) + "\n" + text + "\n")
        return path

    def start(self, text, **how):
        self.conf(text, **how)
        return self.lab.start()

    def asker_to(self, address, source=None):
        return Asker(self.host, address, source)


@pytest.fixture
def net(lab):
    net = Net(lab)
    yield net
    net.upstream.close()


def word(lab, *args):
    return subprocess.run(lab.server_command(*args), capture_output=True, text=True, timeout=20)


# --- where replies come from --------------------------------------------------------------------

def link_local(namespace, device):
    """The address that begins with fe80, once it may be used."""
    def shown():
        text = subprocess.run(["nsenter", f"--net=/run/netns/{namespace}", "ip", "-6", "-o", "addr",
                               "show", "dev", device, "scope", "link", "-tentative"],
                              capture_output=True, text=True, check=True).stdout
        return text.split()[3].split("/")[0] if text else None
    return wait_for("an address of the link", shown)


@pytest.mark.parametrize("how", ["", "bind-interfaces\n", "bind-dynamic\n"])
def test_a_reply_leaves_from_the_address_that_was_asked(net, how):
    ip("addr add 10.77.0.11/24 dev br0", "addr add 10.77.0.12/32 dev br0",
       "addr add fd77::11/64 dev br0 nodad", namespace=net.lab.namespace)
    near = link_local(net.lab.namespace, "br0")
    net.start(FORWARD + "host-record=box.lan,10.77.0.9\n" + how)
    for address in (SERVER_IP, "10.77.0.11", "10.77.0.12", "fd77::1", "fd77::11", near):
        family = dns_client.family(address)
        with inside(net.host.namespace):
            sock = socket.socket(family, socket.SOCK_DGRAM)
            scope = socket.if_nametoindex("eth0")
        with sock:
            sock.settimeout(3)
            to = (address, 53) if family == socket.AF_INET else (
                address, 53, 0, scope if address == near else 0)
            for name in ("box.lan", f"{random.random()}.wild.example"):
                sock.sendto(dns_client.query(name), to)
                reply, source = sock.recvfrom(4096)
                assert source[:2] == to[:2]
                assert addresses(dns_client.read(reply)), name


def test_the_addresses_of_a_name_take_turns(net):
    """So that many clients spread over them; those of upstream too, once they are kept."""
    hosts = net.lab.dir / "hosts"
    hosts.write_text("10.77.0.21 many.lan\n10.77.0.22 many.lan\n10.77.0.23 many.lan\n")
    net.start(FORWARD + f"addn-hosts={hosts}\n")
    net.upstream.say(*[f"many.example 300 A 192.0.2.{number}" for number in (1, 2, 3)])
    for name in ("many.lan", "many.example"):
        answers = [net.asker.addresses(name) for _ in range(9)]
        assert {tuple(sorted(answer)) for answer in answers} == {tuple(sorted(answers[0]))}
        assert len({answer[0] for answer in answers}) == 3, answers


# --- what a stranger can guess ------------------------------------------------------------------

def flood(net, names, at_once=100):
    """Asks for all the names, so many at a time; the names that got an address."""
    answered = set()
    with dns_client.udp_socket(net.host.namespace, "10.77.0.2", SERVER_IP) as sock:
        sock.settimeout(5)
        for first in range(0, len(names), at_once):
            wanted = {}
            for number, name in enumerate(names[first:first + at_once]):
                wanted[number] = name
                sock.send(dns_client.query(name, id=number))
            while wanted:
                try:
                    message = dns_client.read(sock.recv(4096))
                except TimeoutError:
                    break
                if addresses(message) and message.id in wanted:
                    answered.add(wanted.pop(message.id))
    return answered


def bits_are_even(numbers, count):
    """Whether every one of so many low bits is set in about half of the numbers: within six
    standard deviations."""
    slack = 3 * len(numbers) ** 0.5
    return all(abs(sum(number >> bit & 1 for number in numbers) - len(numbers) / 2) < slack
               for bit in range(count))


def flooded(net, count):
    """The queries upstream that so many questions make."""
    names = [f"n{number}.wild.example" for number in range(count)]
    assert flood(net, names) == set(names)
    seen = net.upstream.asked()
    assert len(seen) == count
    return seen


def test_ids_and_ports_of_2000_queries_tell_nothing_of_the_next(net):
    net.start(FORWARD)
    seen = flooded(net, 2000)
    ids, ports = [s.id for s in seen], [s.source_port for s in seen]
    assert len(set(ids)) > 1900                     # of 65536: about 1970 of 2000 are different
    assert bits_are_even(ids, 16)
    steps = collections.Counter((b - a) & 0xFFFF for a, b in zip(ids, ids[1:]))
    assert steps.most_common(1)[0][1] <= 4          # no counter, in whatever step
    uses = collections.Counter(ports)
    assert max(uses.values()) <= QUERIES_PER_PORT_MAX
    assert min(ports) >= 1024
    assert len(uses) > 400                          # a pool of 512 by default
    assert sum(a == b for a, b in zip(ports, ports[1:])) < 40   # drawn anew for each


@pytest.mark.lanlord_only("without min-port it leaves the port to the kernel")
def test_ports_are_drawn_from_all_above_1024(net):
    net.start(FORWARD)
    ports = {s.source_port for s in flooded(net, 1000)}
    quarters = collections.Counter((port - 1024) * 4 // (65536 - 1024) for port in ports)
    assert all(quarters[quarter] > len(ports) / 8 for quarter in range(4)), quarters


def test_a_port_is_given_up_after_64_queries(net):
    """With few ports to draw from each is used often; a port that comes back is a new socket."""
    net.start(FORWARD + "min-port=30000\nmax-port=30019\n")
    names = [f"n{number}.wild.example" for number in range(600)]
    assert flood(net, names, 10) == set(names)
    assert {s.source_port for s in net.upstream.asked()} <= set(range(30000, 30020))
    assert len({s.source_port for s in net.upstream.asked()}) >= 15


def test_a_reply_must_match_socket_address_port_id_and_question(net):
    net.start(FORWARD)
    net.upstream.say("bank.example 300 A 192.0.2.80", "bank.example ! delay=0.6")
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        asked = pool.submit(net.asker.addresses, "bank.example")
        seen, = wait_for("the query", lambda: net.upstream.asked("bank.example"))

        def lie(id, name="bank.example", kind="A"):
            message = dns.message.make_response(dns.message.make_query(name, kind))
            message.id = id
            message.answer = [dns.rrset.from_text(f"{name}.", 600, "IN", "A", LIE)]
            return message.to_wire()

        udp = net.upstream.sockets[UP, 53][0]
        other = net.upstream.sockets["10.77.0.54", 53][0]
        liar = net.upstream.liar[socket.AF_INET]
        to = (SERVER_IP, seen.source_port)
        for guess in range(1, 300):
            udp.sendto(lie(seen.id ^ guess), to)
        for sock in (other, liar):
            sock.sendto(lie(seen.id), to)
        udp.sendto(lie(seen.id, "evil.example"), to)
        udp.sendto(lie(seen.id, "bank.example", "AAAA"), to)
        for away in (-1, 1):
            udp.sendto(lie(seen.id), (SERVER_IP, seen.source_port + away))
        assert asked.result() == ["192.0.2.80"]
    assert net.asker.addresses("bank.example") == ["192.0.2.80"]       # nor is a lie kept
    assert len(net.upstream.asked()) == 1


def test_records_that_a_reply_brings_along_are_not_believed(net):
    """A server of one domain tells an address of another."""
    net.start(FORWARD + "server=/other.example/10.77.0.54\n")
    net.upstream.say(f"{UP}: a.example 300 CNAME www.other.example.",
                     f"{UP}: www.other.example 300 A {LIE}",
                     "10.77.0.54: www.other.example 300 A 192.0.2.81")
    net.asker.udp("a.example")
    assert net.asker.addresses("www.other.example") in (["192.0.2.81"], [LIE])


# --- TCP ----------------------------------------------------------------------------------------

def tcp(net):
    return dns_client.tcp_socket(net.host.namespace, "10.77.0.2", SERVER_IP)


def test_questions_in_one_connection_are_all_answered(net):
    net.start(FORWARD + "host-record=box.lan,10.77.0.9\n")
    net.upstream.say("slow.example 300 A 192.0.2.82", "slow.example ! delay=0.2")
    names = ["slow.example", "box.lan"] + [f"n{number}.wild.example" for number in range(20)]
    with tcp(net) as sock:
        dns_client.tcp_send(sock, *[dns_client.query(name, id=number)
                                    for number, name in enumerate(names)])
        replies = [dns_client.read(dns_client.tcp_hear(sock)) for _ in names]
    assert {reply.id for reply in replies} == set(range(len(names)))
    for reply in replies:
        assert reply.question[0].name.to_text() == f"{names[reply.id]}."
        assert addresses(reply), names[reply.id]


def test_a_question_may_come_byte_by_byte(net):
    net.start("host-record=box.lan,10.77.0.9\n")
    wire = dns_client.query("box.lan")
    with tcp(net) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in struct.pack("!H", len(wire)) + wire:
            sock.send(bytes([byte]))
            time.sleep(0.002)
        assert addresses(dns_client.read(dns_client.tcp_hear(sock))) == ["10.77.0.9"]


def test_connections_that_say_nothing_hold_up_nobody(net):
    net.start(FORWARD)
    idle = [tcp(net) for _ in range(10)]
    half = tcp(net)
    half.send(b"\0\x40half a question")
    assert net.asker.addresses("a.wild.example") == ["192.0.2.16"]
    assert addresses(net.asker.tcp("b.wild.example")) == ["192.0.2.16"]
    for sock in [*idle, half]:
        sock.close()


def test_a_connection_that_ends_early_harms_nobody(net):
    net.start(FORWARD)
    net.upstream.say("slow.example 300 A 192.0.2.82", "slow.example ! delay=0.2")
    for garbage in (b"", b"\0", b"\0\0", b"\xff\xff", b"\0\x05abcde", b"\0\x0c" + bytes(12)):
        with tcp(net) as sock:
            sock.send(garbage) if garbage else None
    with tcp(net) as sock:
        dns_client.tcp_send(sock, dns_client.query("slow.example"))
    assert addresses(net.asker.tcp("slow.example")) == ["192.0.2.82"]
    assert net.lab.server.poll() is None


def test_no_more_connections_at_once_than_configured(net):
    net.start("host-record=box.lan,10.77.0.9\nmax-tcp-connections=3\n")
    idle = [tcp(net) for _ in range(3)]
    for sock in idle:
        dns_client.tcp_send(sock, dns_client.query("box.lan"))
        assert dns_client.tcp_hear(sock)
    assert net.asker.tcp("box.lan", timeout=0.5) is None
    assert net.asker.addresses("box.lan") == ["10.77.0.9"]
    for sock in idle:
        sock.close()
    wait_for("a place", lambda: net.asker.tcp("box.lan", timeout=0.5), 5)


def test_a_server_that_is_slow_by_tcp_holds_up_nobody(net):
    net.start(FORWARD)
    net.upstream.say("hang.example ! silent")
    with tcp(net) as sock:
        dns_client.tcp_send(sock, dns_client.query("hang.example"))
        wait_for("the query", lambda: net.upstream.asked("hang.example"))
        began = time.monotonic()
        assert net.asker.addresses("a.wild.example") == ["192.0.2.16"]
        assert addresses(net.asker.tcp("b.wild.example")) == ["192.0.2.16"]
        assert time.monotonic() - began < 2


def test_a_truncated_reply_is_asked_again_by_tcp(net):
    """By the client: it gets TC by UDP, and the whole answer by TCP."""
    net.start(FORWARD)
    net.upstream.say(*[f"big.example 300 A 192.0.2.{number}" for number in range(1, 101)])
    reply = net.asker.udp("big.example")
    assert reply.flags & dns_client.TC
    assert len(addresses(net.asker.tcp("big.example"))) == 100
    reply = net.asker.udp("big.example", opt=dns_client.opt_record(4096))
    assert len(addresses(reply)) == 100 or reply.flags & dns_client.TC


# --- many at once -------------------------------------------------------------------------------

def test_a_thousand_questions_at_once(net):
    net.start(FORWARD + "dns-forward-max=1500\n")
    net.upstream.say("*.slow.example 300 A 192.0.2.83", "*.slow.example ! delay=0.3")
    names = [f"n{number}.slow.example" for number in range(1000)]
    for name in names:
        net.upstream.say(f"{name} ! delay=0.3")
    sockets = [dns_client.udp_socket(net.host.namespace, "10.77.0.2", SERVER_IP)
               for _ in range(100)]
    for number, name in enumerate(names):
        sockets[number % 100].send(dns_client.query(name, id=number))
        if number % 20 == 19:
            time.sleep(0.002)               # a socket holds a few hundred packets
    answered, deadline = set(), time.monotonic() + 10
    while len(answered) < 1000 and time.monotonic() < deadline:
        for sock in select.select(sockets, [], [], 0.1)[0]:
            message = dns_client.read(sock.recv(4096))
            if addresses(message) == ["192.0.2.83"]:
                answered.add(message.id)
    for sock in sockets:
        sock.close()
    assert len(answered) == 1000
    assert len(net.upstream.asked()) == 1000


def test_more_questions_than_may_wait_are_refused_not_dropped(net):
    net.start(FORWARD + "dns-forward-max=10\n")
    for number in range(20):
        net.upstream.say(f"n{number}.slow.example ! delay=0.5")
    with dns_client.udp_socket(net.host.namespace, "10.77.0.2", SERVER_IP) as sock:
        sock.settimeout(3)
        for number in range(20):
            sock.send(dns_client.query(f"n{number}.slow.example", id=number))
        replies = [dns_client.read(sock.recv(4096)) for _ in range(20)]
    codes = collections.Counter(reply.rcode() for reply in replies)
    assert codes == {dns.rcode.REFUSED: 10, dns.rcode.NXDOMAIN: 10}


# --- while something changes --------------------------------------------------------------------

class Asking:
    """Asks one question after the other, in a thread of its own, and counts those without reply."""

    def __init__(self, net, names):
        self.asker, self.names = net.asker, names
        self.asked = self.lost = 0
        self.seen = set()
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self._run)

    def _run(self):
        while not self.stop.is_set():
            name = self.names(self.asked)
            reply = self.asker.udp(name, timeout=2)
            self.asked += 1
            if reply is None:
                self.lost += 1
            else:
                self.seen |= set(addresses(reply))

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        self.thread.join()


def test_sighup_while_asking_loses_no_question(net):
    hosts = net.lab.dir / "hosts"
    hosts.write_text("".join(f"10.99.{n >> 8}.{n & 255} h{n}.lan\n" for n in range(5000)))
    net.start(FORWARD + f"addn-hosts={hosts}\n")
    names = ["h4999.lan", "n{}.wild.example", "same.wild.example"]
    with Asking(net, lambda n: names[n % 3].format(n)) as asking:
        for _ in range(10):
            time.sleep(0.1)
            net.lab.server.send_signal(signal.SIGHUP)
        time.sleep(0.2)
    assert asking.lost == 0
    assert asking.asked > 50
    assert asking.seen == {"10.99.19.135", "192.0.2.16"}


@pytest.mark.lanlord_only("it cannot change its configuration while running")
def test_a_reload_changes_names_and_loses_no_question(net):
    net.start(FORWARD + "host-record=box.lan,10.77.0.9\n")
    names = ["box.lan", "n{}.wild.example"]
    with Asking(net, lambda n: names[n % 2].format(n)) as asking:
        for number in range(10, 20):
            time.sleep(0.05)
            net.conf(FORWARD + f"host-record=box.lan,10.77.0.{number}\nlocal=/gone.example/\n")
            done = word(net.lab, "reload")
            assert done.returncode == 0, done.stderr
            assert net.asker.addresses("box.lan") == [f"10.77.0.{number}"]
    assert asking.lost == 0
    assert asking.seen <= {f"10.77.0.{n}" for n in range(9, 20)} | {"192.0.2.16"}
    assert net.asker.udp("x.gone.example").rcode() == dns.rcode.NXDOMAIN


@pytest.mark.lanlord_only("it cannot change its configuration while running")
def test_a_reload_changes_the_servers_and_a_question_in_flight_is_answered(net):
    net.start(FORWARD)
    net.upstream.say("slow.example 300 A 192.0.2.84", "slow.example ! delay=0.5",
                     f"{UP}: which.example 300 A 192.0.2.153",
                     "10.77.0.54: which.example 300 A 192.0.2.154")
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        slow = pool.submit(net.asker.addresses, "slow.example")
        wait_for("the query", lambda: net.upstream.asked("slow.example"))
        net.conf("server=10.77.0.54\n")
        assert word(net.lab, "reload").returncode == 0
        assert net.asker.addresses("which.example") == ["192.0.2.154"]
        assert slow.result() == ["192.0.2.84"]


@pytest.mark.lanlord_only("it cannot change its configuration while running")
def test_a_bad_file_leaves_names_as_they_were(net):
    net.start("host-record=box.lan,10.77.0.9\n")
    path = net.conf("host-record=box.lan,10.77.0.10\nsrever=10.77.0.54\n")
    done = word(net.lab, "reload")
    assert done.returncode == 1
    assert f"{path}:6: " in done.stderr
    assert net.asker.addresses("box.lan") == ["10.77.0.9"]


def own_etc(net):
    """From now on the server sees a copy of /etc; returns its path."""
    unshare("--mount")
    etc = net.lab.dir / "etc"
    shutil.copytree("/etc", etc, symlinks=True, ignore=lambda folder, names: [
        name for name in names if folder == "/etc" and name not in
        ("passwd", "group", "nsswitch.conf", "ld.so.cache", "localtime", "ssl", "protocols")])
    program = net.lab.dir / "program"
    program.write_text(f"#!/bin/sh\nexec unshare --mount sh -c 'mount --bind {etc} /etc && "
                       f'exec "$0" "$@"\' {net.lab.program} "$@"\n')
    program.chmod(0o755)
    net.lab.program = program
    return etc


def replace(path, text):
    new = path.with_name(f".{path.name}")
    new.write_text(text)
    new.rename(path)


def test_resolv_conf_is_followed_and_etc_hosts_is_read(net):
    etc = own_etc(net)
    net.upstream.say(f"{UP}: which.example 0 A 192.0.2.153",
                     "10.77.0.54: which.example 0 A 192.0.2.154")
    (etc / "hosts").write_text("10.77.0.77 named.lan\n")
    (etc / "resolv.conf").write_text(f"nameserver {UP}\n")
    net.start("", hosts=True)
    assert net.asker.addresses("named.lan") == ["10.77.0.77"]
    wait_for("the first server", lambda: net.asker.addresses("which.example") == ["192.0.2.153"])
    time.sleep(1.1)                         # dnsmasq looks at whole seconds
    replace(etc / "resolv.conf", "nameserver 10.77.0.54\n")
    wait_for("the second server", lambda: net.asker.addresses("which.example") == ["192.0.2.154"], 5)
    (etc / "hosts").write_text("10.77.0.78 named.lan\n")
    net.lab.server.send_signal(signal.SIGHUP)
    wait_for("the new hosts", lambda: net.asker.addresses("named.lan") == ["10.77.0.78"], 5)
    (etc / "resolv.conf").unlink()
    time.sleep(0.3)
    assert net.asker.addresses("which.example") == ["192.0.2.154"]


# --- leases -------------------------------------------------------------------------------------

def test_the_name_of_a_lease_is_known_with_its_ack_and_gone_with_its_release(net):
    net.start(FORWARD + RANGE + "domain=lan\n")
    wire = Wire(net.host)
    try:
        for number in range(1, 21):
            client = Client(wire, number)
            address = client.lease([(12, f"laptop{number}".encode())]).yiaddr
            assert net.asker.addresses(f"laptop{number}.lan", timeout=2) == [address]
            pointer = ".".join(reversed(address.split("."))) + ".in-addr.arpa"
            assert net.asker.udp(pointer, "PTR").answer[0][0].to_text() == f"laptop{number}.lan."
            client.send(RELEASE, [option_ip(54, SERVER_IP)], ciaddr=address,
                        how={"src_ip": address, "dst_ip": SERVER_IP})
            wait_for("the end of its name", lambda n=number: net.asker.udp(f"laptop{n}.lan").rcode()
                     == dns.rcode.NXDOMAIN, 2)
    finally:
        wire.close()


# --- ports and interfaces -----------------------------------------------------------------------

@pytest.mark.parametrize("kind", [socket.SOCK_DGRAM, socket.SOCK_STREAM], ids=["udp", "tcp"])
@pytest.mark.parametrize("how", ["", "bind-interfaces\n", "bind-dynamic\n"])
def test_a_port_in_use_is_exit_code_2(net, kind, how):
    path = net.conf(FORWARD + how)
    with inside(net.lab.namespace), socket.socket(socket.AF_INET, kind) as taken:
        taken.bind((SERVER_IP if how else "0.0.0.0", 53))
        if kind == socket.SOCK_STREAM:
            taken.listen()
        done = net.lab.server_run("--keep-in-foreground", "--pid-file=", "-C", path)
    assert done.returncode == 2
    assert "in use" in done.stderr
    assert "53" in done.stderr or SERVER_IP in done.stderr


def test_another_port_than_53(net):
    net.start("host-record=box.lan,10.77.0.9\nport=5353\n")
    assert addresses(net.asker.udp("box.lan", port=5353)) == ["10.77.0.9"]
    assert addresses(net.asker.tcp("box.lan", port=5353)) == ["10.77.0.9"]
    assert net.asker.udp("box.lan", timeout=0.2) is None
    assert net.asker.tcp("box.lan", timeout=0.2) is None


SERVED = [
    # configuration, whom the asker on br0 reaches, whom it does not
    ("interface=br0", ["10.77.0.1", "fd77::1"], []),
    ("interface=br1", [], ["10.77.0.1", "fd77::1"]),
    ("interface=br0\ninterface=br1", ["10.77.0.1"], []),
    ("interface=br*", ["10.77.0.1", "fd77::1"], []),
    ("except-interface=br0", [], ["10.77.0.1", "fd77::1"]),
    ("except-interface=br1", ["10.77.0.1", "fd77::1"], []),
    ("listen-address=10.77.0.1", ["10.77.0.1"], ["10.77.0.11", "fd77::1"]),
    ("listen-address=10.77.0.11,fd77::1", ["10.77.0.11", "fd77::1"], ["10.77.0.1"]),
    ("listen-address=10.78.0.1\ninterface=br1", [], ["10.77.0.1"]),
]


@pytest.mark.parametrize("how", ["", "bind-interfaces", "bind-dynamic"])
@pytest.mark.parametrize("served", SERVED, ids=lambda served: served[0].replace("\n", " "))
def test_interfaces_and_addresses_that_are_served(net, served, how):
    lines, reached, unreached = served
    net.lab.bridge_add("br1", "10.78.0.1/24")
    ip("addr add 10.77.0.11/24 dev br0", namespace=net.lab.namespace)
    net.start(f"{lines}\n{how}\nhost-record=box.lan,10.77.0.9\n", interface=None)
    for address in reached:
        asker = net.asker_to(address)
        assert asker.addresses("box.lan") == ["10.77.0.9"], address
        assert addresses(asker.tcp("box.lan")) == ["10.77.0.9"], address
    for address in unreached:
        asker = net.asker_to(address)
        assert asker.udp("box.lan", timeout=0.15) is None, address
        assert asker.tcp("box.lan", timeout=0.15) is None, address


def test_the_machine_itself_is_served_beside_an_interface(net):
    """interface= means loopback too, unless it is excepted."""
    net.start("host-record=box.lan,10.77.0.9\n")
    with dns_client.udp_socket(net.lab.namespace, "127.0.0.1", "127.0.0.1") as sock:
        wire = dns_client.query("box.lan", id=7)
        sock.send(wire)
        assert addresses(dns_client.read(dns_client.udp_hear(sock, 7, 3))) == ["10.77.0.9"]


@pytest.mark.parametrize("how", ["", "bind-interfaces\n", "bind-dynamic\n"])
def test_addresses_and_interfaces_that_come_later_are_served(net, how):
    net.start("interface=br*\nhost-record=box.lan,10.77.0.9\n" + how, interface=None)
    ip("addr add 10.77.0.21/24 dev br0", "addr add fd77::21/64 dev br0 nodad",
       namespace=net.lab.namespace)
    for address in ("10.77.0.21", "fd77::21"):
        asker = net.asker_to(address)
        wait_for(f"{address} by UDP", lambda a=asker: a.addresses("box.lan", timeout=0.3), 5)
        wait_for(f"{address} by TCP", lambda a=asker: a.tcp("box.lan", timeout=0.3), 5)
    net.lab.bridge_add("br1", "10.78.0.1/24")
    far = Asker(net.lab.host("br1", address="10.78.0.2/24"), "10.78.0.1")
    wait_for("br1 by UDP", lambda: far.addresses("box.lan", timeout=0.3), 5)
    wait_for("br1 by TCP", lambda: far.tcp("box.lan", timeout=0.3), 5)
    ip("addr del 10.77.0.21/24 dev br0", namespace=net.lab.namespace)
    assert net.asker.addresses("box.lan") == ["10.77.0.9"]


def test_an_interface_that_goes_and_comes_is_served_again(net):
    net.lab.bridge_add("br1", "10.78.0.1/24")
    far = Asker(net.lab.host("br1", address="10.78.0.2/24"), "10.78.0.1")
    net.start("interface=br1\nhost-record=box.lan,10.77.0.9\nbind-dynamic\n")
    assert far.addresses("box.lan") == ["10.77.0.9"]
    ip("link set br1 down", "addr del 10.78.0.1/24 dev br1", namespace=net.lab.namespace)
    assert net.asker.addresses("box.lan") == ["10.77.0.9"]
    ip("addr add 10.78.0.1/24 dev br1", "link set br1 up", namespace=net.lab.namespace)
    wait_for("br1 again", lambda: far.addresses("box.lan", timeout=0.3), 5)


# --- the sandbox --------------------------------------------------------------------------------

@pytest.mark.lanlord_only("it has no sandbox")
def test_names_are_served_by_a_process_that_may_do_nothing(net):
    hosts = net.lab.dir / "hosts.d"
    hosts.mkdir()
    (hosts / "one").write_text("10.77.0.40 one.lan\n")
    net.start(FORWARD + f"addn-hosts={hosts}\n")
    assert net.asker.addresses("a.wild.example") == ["192.0.2.16"]
    with open(f"/proc/{net.lab.server.pid}/status") as text:
        status = dict(line.rstrip("\n").split(":\t", 1) for line in text if ":\t" in line)
    assert set(status["Uid"].split()) != {"0"}
    assert int(status["CapEff"], 16) == 0 and status["Seccomp"] == "2"
    (hosts / "two").write_text("10.77.0.41 two.lan\n")
    net.lab.server.send_signal(signal.SIGHUP)
    wait_for("the new file", lambda: net.asker.addresses("two.lan") == ["10.77.0.41"], 5)
    assert net.asker.addresses("one.lan") == ["10.77.0.40"]


@pytest.mark.lanlord_only("it has no sandbox")
def test_a_source_port_below_1024_and_an_interface_to_ask_from_work_in_the_sandbox(net):
    net.start(f"server={UP}@10.77.0.1#900\nserver=/wild.example/10.77.0.54@br0\n")
    net.upstream.say("low.example 300 A 192.0.2.85")
    assert net.asker.addresses("low.example") == ["192.0.2.85"]
    assert net.asker.addresses("a.wild.example") == ["192.0.2.16"]
    assert [s.source_port for s in net.upstream.asked("low.example")] == [900]
