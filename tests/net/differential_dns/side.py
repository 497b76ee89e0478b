# SPDX-License-Identifier: ISC
"""One of the two servers, its networks, its upstream, and who asks it.

    br0  10.77.0.1 fd77::1   who asks: 10.77.0.2, 10.77.0.3, fd77::2; upstream: the rest
    br1  10.78.0.1 fd78::1   who asks: 10.78.0.2, fd78::2
    behind a router: 10.88.0.1
"""

import pathlib
import re
import shlex
import signal
import struct
import time

import dns_client
import lab as lab_module
import packets
from dns_upstream import Upstream
from lab import DNSMASQ, SERVER_IP, ip

ZONE = (pathlib.Path(__file__).resolve().parent / "upstream.zone").read_text()
UPSTREAMS = [("10.77.0.53", 53), ("10.77.0.53", 5353), ("10.77.0.54", 53), ("10.77.0.55", 53),
             ("fd77::53", 53)]
ASKERS = ["10.77.0.2/24", "10.77.0.3/24", "fd77::2/64 nodad"]
ROUTED = "10.88.0.1"
OWN = {"br0": (SERVER_IP, "fd77::1"), "br1": ("10.78.0.1", "fd78::1")}


class Side:
    def __init__(self, program):
        self.lab = lab_module.Lab()
        self.lab.program = program
        self.lab.bridge_add("br1", "10.78.0.1/24")
        self.near = self.lab.host()
        self.far = self.lab.host("br1")
        ip("addr add fd77::1/64 dev br0 nodad", "addr add fd78::1/64 dev br1 nodad",
           namespace=self.lab.namespace)
        servers = dict.fromkeys(address for address, _ in UPSTREAMS)
        ip(*[f"addr add {a} dev eth0" for a in ASKERS],
           *[f"addr add {a}{'/64 nodad' if ':' in a else '/24'} dev eth0" for a in servers],
           f"addr add {ROUTED}/32 dev lo", namespace=self.near.namespace)
        ip("addr add 10.78.0.2/24 dev eth0", "addr add fd78::2/64 dev eth0 nodad",
           namespace=self.far.namespace)
        ip("route add 10.88.0.0/16 via 10.77.0.2", namespace=self.lab.namespace)
        ip(f"route add default via {SERVER_IP}", "route add default via fd77::1",
           namespace=self.near.namespace)
        self.upstream = Upstream(self.near.namespace, UPSTREAMS)
        self.dir = self.lab.dir / "etc"
        self.dir.mkdir()
        self.wire, self.clients, self.undo, self.open = None, {}, [], []

    def close(self):
        self.upstream.close()
        self.lab.close()

    # --- a case -------------------------------------------------------------------------------

    def begin(self, case):
        """Forgets the last case and writes this one's files."""
        lab = self.lab
        for path in [*lab.dir.glob("leases*"), *sorted(self.dir.rglob("*"), reverse=True)]:
            path.rmdir() if path.is_dir() else path.unlink()
        lab.log_file.write_text("")
        for name, lines in case.files.items():
            self.write(name, lines)
        conf = [f"dhcp-leasefile={lab.lease_file}", *case.lines()]
        if lab.program != DNSMASQ:
            conf.append("dns-workers=1")    # several would each find out who is fastest
        (lab.dir / "conf").write_text("\n".join(conf).replace("{dir}", str(self.dir)) + "\n")
        self.upstream.forget()
        self.upstream.say(*[line for line in ZONE.splitlines() if line and line[0] != "#"])
        self.upstream.say(*case.upstream)
        self.ports = {int(number) for line in case.conf
                      for number in re.findall(r"(?:query-port=|@[^#/]*#)(\d+)", line)}

    def write(self, name, lines):
        path = self.dir / name
        path.parent.mkdir(exist_ok=True)
        new = path.with_name(f"{path.name}~")
        new.write_text("\n".join(lines) + "\n")
        new.rename(path)

    def start(self):
        self.lab.start()

    def end(self):
        """Ends the server, if it ever began; returns its exit code."""
        server, self.lab.server = self.lab.server, None
        if server and server.poll() is None:
            server.send_signal(signal.SIGTERM)
        code = server.wait(timeout=10) if server else None
        for sock in self.open:
            sock.close()
        if self.wire:
            self.wire.close()
        if self.undo:
            ip(*self.undo, namespace=self.lab.namespace)
        self.wire, self.clients, self.undo, self.open = None, {}, [], []
        return code

    # --- a question ---------------------------------------------------------------------------

    def route(self, step):
        """Whom the question comes from and goes to: (namespace, source, to)."""
        words = step.words
        host, bridge = (self.far, "br1") if "net2" in words else (self.near, "br0")
        source = words.get("from", "")
        to = words.get("to", OWN[bridge][":" in source])
        default = ("10.78.0.2", "fd78::2") if "net2" in words else ("10.77.0.2", "fd77::2")
        return host.namespace, source or default[":" in to], to

    def send(self, step, wires):
        """Sends copies of a question, each from a port of its own."""
        namespace, source, to = self.route(step)
        port = int(step.words.get("port", 53))
        sent = []
        for wire in wires:
            if "tcp" in step.words:
                try:
                    sock = dns_client.tcp_socket(namespace, source, to, port)
                    dns_client.tcp_send(sock, wire)
                except OSError:
                    sock = None
            else:
                sock = dns_client.udp_socket(namespace, source, to, port)
                sock.send(wire)
            sent.append((sock, wire))
        self.open += [sock for sock, _ in sent if sock]
        return sent

    def hear(self, step, sent, timeout):
        """The replies, None for each that does not come."""
        replies = []
        for sock, wire in sent:
            if "tcp" in step.words:
                if sock:
                    sock.settimeout(timeout)
                replies.append(sock and dns_client.tcp_hear(sock))
            else:
                replies.append(dns_client.udp_hear(sock, struct.unpack("!H", wire[:2])[0], timeout))
            if sock:
                self.open.remove(sock)
                sock.close()
        return replies

    # --- what else happens --------------------------------------------------------------------

    def act(self, step):
        getattr(self, f"act_{step.action}")(step.argument)

    def act_hup(self, _):
        """Signals, and waits until a reply can only be of the time after it."""
        self.lab.server.send_signal(signal.SIGHUP)
        time.sleep(0.15)

    def act_wait(self, seconds):
        time.sleep(float(seconds))

    def act_log(self, text):
        self.lab.wait_log(text)

    def act_say(self, line):
        self.upstream.say(line)

    def act_unsay(self, name):
        self.upstream.unsay(name)

    def act_write(self, argument):
        name, _, lines = argument.partition(" ")
        self.write(name, lines.split("|") if lines else [])

    def act_remove(self, name):
        (self.dir / name).unlink()

    def act_ip(self, arguments):
        words = shlex.split(arguments)
        ip(arguments, namespace=self.lab.namespace)
        if words[:2] == ["addr", "add"]:
            self.undo.append(" ".join(["addr", "del", *words[2:5]]))

    def act_lease(self, argument):
        number, name, *address = argument.split()
        if not self.wire:
            self.wire = packets.Wire(self.near)
        client = packets.Client(self.wire, int(number))
        options = [] if name == "-" else [(12, name.encode())]
        if address:
            options.append(packets.option_ip(50, address[0]))
        ack = client.lease(options)
        self.clients[number] = client, ack.yiaddr

    def act_release(self, number):
        client, address = self.clients.pop(number)
        client.send(packets.RELEASE, [packets.option_ip(54, SERVER_IP)], ciaddr=address,
                    how={"src_ip": address, "dst_ip": SERVER_IP})
        time.sleep(0.1)

    def log_lines(self):
        return self.lab.log_lines()
