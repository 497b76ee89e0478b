# SPDX-License-Identifier: ISC
"""A program's machine: its files, and the server that it starts among them."""

import contextlib
import os
import pathlib
import shutil
import subprocess

import lab as lab_module
from dns_client import query, udp_socket
from lab import wait_for
from packets import ACK, OFFER

PLACES = {"/var/run": "run", "/run": "run", "/var/lib": "lib", "/etc": "etc", "/tmp": "tmp",
          "/srv": "srv"}
MOUNTS = ('for at in run etc srv; do mount --bind "$0/$at" /$at; done && '
          'mount --bind "$0/lib" /var/lib && '
          'mount --bind "$0/server" /usr/sbin/dnsmasq && mount --bind "$0/tmp" /tmp && exec "$@"')


def alive(pid):
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


class House:
    """The server stands at /usr/sbin/dnsmasq; /etc, /run, /srv, /tmp and /var/lib are the program's."""

    def __init__(self, lab, program, server):
        self.lab, self.program = lab, program
        self.process = None
        for folder in ("run", "lib/misc", "etc", "tmp", "srv"):
            (lab.dir / folder).mkdir(parents=True)
        (lab.dir / "tmp").chmod(0o1777)
        for name in ("passwd", "group", "nsswitch.conf", "ld.so.cache"):
            if os.path.exists(f"/etc/{name}"):
                shutil.copy(f"/etc/{name}", lab.dir / "etc")
        with open(lab.dir / "etc/passwd", "a+") as users:
            users.seek(0)
            if "\ndnsmasq:" not in users.read():
                users.write("dnsmasq:x:65533:65534::/var/lib/misc:/usr/sbin/nologin\n")
        with open(lab.dir / "etc/group", "a+") as groups:
            groups.seek(0)
            if "\nnobody:" not in groups.read():
                groups.write("nobody:x:65534:\n")
        (lab.dir / "etc/resolv.conf").write_text("nameserver 192.0.2.53\n")
        (lab.dir / "etc/hosts").write_text("127.0.0.1 localhost\n")
        (lab.dir / "server").symlink_to(server)
        for path, lines in program.files.items():
            self.write(path, lines)
        for path in filter(None, (program.pid_file, program.leases)):
            self.at(path).parent.mkdir(parents=True, exist_ok=True)

    def at(self, path):
        """Where a path of the program's machine is on ours."""
        place = next(place for place in PLACES if path.startswith(place + "/"))
        return self.lab.dir / PLACES[place] / path[len(place) + 1:]

    def write(self, path, lines):
        path = self.at(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(line + "\n" for line in lines))
        if lines and lines[0].startswith("#!"):
            path.chmod(0o755)

    def here(self, *words):
        """A command among the program's files."""
        return [*lab_module.enter(self.lab.namespace), *lab_module.unshare("--mount"),
                "sh", "-c", MOUNTS, str(self.lab.dir), *words]

    def command(self, *more):
        return self.here(*self.program.words, *more)

    def run(self, *more):
        """Runs the command to its end: for daemons, --test, and starts that fail."""
        return self.run_words(*self.program.words, *more)

    def run_words(self, *words):
        return subprocess.run(self.here(*words), capture_output=True, text=True, timeout=20,
                              stdin=subprocess.DEVNULL, cwd="/")

    def start(self):
        """Starts the server; returns its pid."""
        if self.program.daemon:
            started = self.run()
            assert (started.returncode, started.stdout, started.stderr) == (0, "", "")
            return int(self.at(self.program.pid_file).read_text())
        with open(self.lab.dir / "stderr", "ab") as output:
            self.process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL,
                                            stdout=output, stderr=output, cwd="/")
        self.lab.processes.append(self.process)
        return self.process.pid

    def stop(self, pid, how):
        os.kill(pid, how)
        if self.process:
            return self.process.wait(timeout=10)
        wait_for("the server's end", lambda: not alive(pid))
        return 0

    def edit(self, change):
        """The lease file's lines, changed as a program does it: the whole file anew."""
        self.write(self.program.leases, change(self.leases().splitlines()))

    def leases(self):
        path = self.at(self.program.leases)
        return path.read_text() if path.exists() else ""

    def said(self):
        """What a server in the foreground wrote."""
        path = self.lab.dir / "stderr"
        return path.read_text() if path.exists() else ""

    def address_of(self, name, timeout=0.3):
        """What the server answers at once: the last four bytes of its reply; None without one."""
        address, _, port = self.program.asked.partition("#")
        sock = udp_socket(self.lab.namespace, to=address, port=int(port or 53))
        with sock:
            sock.settimeout(timeout)
            with contextlib.suppress(OSError):
                sock.send(query(name))
                reply = sock.recv(4096)
                if reply[3] & 15 == 0 and reply[7] > 0:
                    return ".".join(str(byte) for byte in reply[-4:])
        return None


def first_offer(client, foreground):
    """The first DISCOVER is answered by a daemon; in the foreground nobody says when it serves."""
    if not foreground:
        return client.discover(timeout=5)
    return wait_for("an offer", lambda: client.discover(timeout=0.3))


def lease(house, client):
    offer = first_offer(client, not house.program.daemon)
    assert offer and offer.type == OFFER
    ack = client.request(offer.yiaddr)
    assert ack and ack.type == ACK and ack.yiaddr == offer.yiaddr
    return ack.yiaddr
