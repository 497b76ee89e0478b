# SPDX-License-Identifier: ISC
"""One of the two servers, with a network of its own and the clients that talk to it."""

import re
import select
import signal
import socket
import struct
import time

import lab as lab_module
import packets
from lab import SERVER_IP, inside, ip
from packets import BROADCAST_MAC, UNSET, mac_bytes, option_ip

KINDS = {"discover": packets.DISCOVER, "request": packets.REQUEST, "select": packets.REQUEST,
         "reboot": packets.REQUEST, "renew": packets.REQUEST, "rebind": packets.REQUEST,
         "decline": packets.DECLINE, "release": packets.RELEASE, "inform": packets.INFORM}
ASKED = bytes([1, 3, 6, 12, 15, 28, 51, 58, 59])
RELAY = "10.77.0.2"
RELAYED = ["10.88.0.0/16", "192.168.88.0/24"]
RELAYS = ["10.88.0.1", "10.88.1.1", "192.168.88.1"]
ARP = b"\x08\x06"


class Wire(packets.Wire):
    """A wire on which every client also answers the question who has its address."""

    def __init__(self, host):
        super().__init__(host)
        self.socket.close()
        with inside(host.namespace):
            self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
            self.socket.bind(("eth0", 3))
            promiscuous = struct.pack("iHH8s", socket.if_nametoindex("eth0"), 1, 0, b"")
        self.socket.setsockopt(263, 1, promiscuous)
        self.owners = {}

    def forget(self):
        self.owners.clear()
        self.seen.clear()
        while select.select([self.socket], [], [], 0)[0]:
            self.socket.recv(65536)

    def arp_answer(self, frame):
        """Says who has the address that a frame asks for, if one of the clients has it."""
        mac = self.owners.get(packets.ip_text(frame[38:42]))
        if mac and frame[20:22] == b"\0\1":
            reply = frame[14:20] + b"\0\2" + mac_bytes(mac) + frame[38:42] + frame[22:32]
            self.socket.send(frame[6:12] + mac_bytes(mac) + ARP + reply)

    def take(self, timeout):
        """Takes one frame in; false when there was none in time."""
        if not select.select([self.socket], [], [], max(timeout, 0))[0]:
            return False
        frame, (*_, kind, _, _) = self.socket.recvfrom(65536)
        if kind == socket.PACKET_OUTGOING:
            return True
        if frame[12:14] == ARP:
            self.arp_answer(frame)
        elif (message := packets.frame_read(frame)) and message.op == 2:
            self.seen.append(message)
        return True

    def answers(self, xid):
        return [message for message in self.seen if message.xid == xid]

    def answer(self, xid, timeout):
        deadline = time.monotonic() + timeout
        while not self.answers(xid):
            if not self.take(deadline - time.monotonic()):
                return None
        return self.answers(xid)[0]


class Side:
    def __init__(self, program):
        self.lab = lab_module.Lab()
        self.lab.program = program
        host = self.lab.host(address=f"{RELAY}/24")
        ip(*[f"route add {network} via {RELAY}" for network in RELAYED],
           namespace=self.lab.namespace)
        ip(*[f"addr add {address}/32 dev lo" for address in RELAYS], namespace=host.namespace)
        self.wire = Wire(host)
        self.held = {}

    def close(self):
        self.wire.close()
        self.lab.close()

    # --- the server ---------------------------------------------------------------------------

    def begin(self, case):
        """Forgets the last case and starts the server for this one; does not wait for it."""
        lab = self.lab
        for path in lab.dir.glob("leases*"):
            path.unlink()
        for path in (lab.dir / "etc").glob("*"):
            path.unlink()
        lab.log_file.write_text("")
        (lab.dir / "etc").mkdir(exist_ok=True)
        for name, lines in case.files.items():
            (lab.dir / "etc" / name).write_text("\n".join(lines) + "\n")
        text = "\n".join(case.conf + ["no-ping"] + ["no-resolv", "no-hosts"] * case.names)
        path = lab.conf_write(text.replace("{dir}", str(lab.dir / "etc")))
        if case.names:
            path.write_text(path.read_text().replace("port=0\n", ""))
        ip("neigh flush dev br0", *[f"addr add {address} dev br0" for address in case.also],
           namespace=lab.namespace)
        self.held.clear()
        self.wire.forget()

    def start(self):
        self.lab.start()

    def end(self, case):
        """Ends the server, if it ever began; returns its exit code."""
        server, self.lab.server = self.lab.server, None
        if server and server.poll() is None:
            server.send_signal(signal.SIGTERM)
        code = server.wait(timeout=10) if server else None
        if case.also:
            ip(*[f"addr del {address} dev br0" for address in case.also],
               namespace=self.lab.namespace)
        while self.wire.take(0):
            pass
        return code

    def log_lines(self):
        """What was said about clients; the lines of start and end are another test's."""
        lines = [line for line in self.lab.log_lines() if re.match(r"dhcp: (\d+ |DHCP[A-Z]+\(|BOOTP)",
                                                                   line)]
        return [line.rstrip() for line in lines]

    # --- a client -----------------------------------------------------------------------------

    def fields(self, step, mac):
        """The options and the address that the state of the client adds to a message."""
        address, server = self.held.get(step.client, (UNSET, SERVER_IP))
        given = dict(step.options)
        ciaddr = step.header.get("ciaddr", UNSET)
        options = []
        if step.kind == "select":
            options = [option_ip(50, address), option_ip(54, server)]
        elif step.kind == "reboot":
            options = [option_ip(50, address)]
        elif step.kind == "decline":
            options = [option_ip(50, address), option_ip(54, server)]
        elif step.kind == "release":
            options = [option_ip(54, server)]
        if step.kind in ("renew", "rebind", "release") and ciaddr == UNSET:
            ciaddr = address
        return [(code, body) for code, body in options if code not in given], ciaddr

    def send(self, step, xid):
        header = step.header
        mac = header.get("mac", f"02:11:22:33:00:{step.client:02x}")
        options, ciaddr = self.fields(step, mac)
        if step.kind != "bootp":
            options.insert(0, (53, bytes([KINDS[step.kind]])))
        options += step.options
        if not any(code == 55 for code, _ in step.options) and step.kind in (
                "discover", "request", "select", "reboot", "renew", "rebind", "inform"):
            options.append((55, ASKED))
        options = [(code, body) for code, body in options if (code, body) != (55, b"")]
        relay = header.get("via")
        payload = packets.message_write(
            mac, options, xid=xid, ciaddr=ciaddr, giaddr=relay or header.get("giaddr", UNSET),
            hops=int(header.get("hops", 1 if relay else 0)), secs=int(header.get("secs", 0)),
            flags=int(header.get("flags", "0"), 0), htype=int(header.get("htype", 1)))
        if header.get("pad") == "no":
            payload = payload[:240 + sum(2 + len(body) for _, body in options)] + b"\xff"
        how = {"src_ip": ciaddr}
        if ciaddr != UNSET:
            self.wire.owners[ciaddr] = mac
        if relay:
            how = {"src_ip": RELAY, "dst_ip": SERVER_IP, "src_port": 67}
        elif step.kind in ("renew", "release") or "to" in header:
            how["dst_ip"] = header.get("to", SERVER_IP)
        self.wire.send(payload, mac if not relay else self.wire.host.mac,
                       **{"dst_mac": BROADCAST_MAC} | how)

    def hear(self, step, xid, timeout):
        """The answer to a message; the client remembers the address that it was given."""
        answer = self.wire.answer(xid, timeout)
        if answer and answer.yiaddr != UNSET:
            server = answer.option(54)
            self.held[step.client] = (answer.yiaddr,
                                      packets.ip_text(server[:4]) if server else SERVER_IP)
        return answer
