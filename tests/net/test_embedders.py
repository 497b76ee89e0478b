# SPDX-License-Identifier: ISC
"""The command lines with which other programs start dnsmasq, and what they then rely on.

Each runs as on its own machine: the server stands at /usr/sbin/dnsmasq, and /etc, /run and
/var/lib are the program's, in a mount namespace.  The table is embedders/programs.txt.
"""

import concurrent.futures
import contextlib
import os
import pathlib
import re
import shutil
import signal
import subprocess

import pytest

import lab as lab_module
from embedders import programs, readers
from lab import Lab, wait_for
from packets import ACK, OFFER, Client, Wire

PROGRAMS = programs.read()
SERVED = [program for program in PROGRAMS if not program.refused]
REFUSED = [program for program in PROGRAMS if program.refused]
PLACES = {"/var/run": "run", "/run": "run", "/var/lib": "lib", "/etc": "etc"}
MOUNTS = ('mount --bind "$0/run" /run && mount --bind "$0/lib" /var/lib && '
          'mount --bind "$0/etc" /etc && mount --bind "$0/server" /usr/sbin/dnsmasq && exec "$@"')
done = {"served": [], "refused": []}


def name_of(program):
    return program.name


class House:
    """The files of a program, and the server that it starts among them."""

    def __init__(self, lab, program, server):
        self.lab, self.program = lab, program
        self.process = None
        for folder in ("run", "lib/misc", "etc"):
            (lab.dir / folder).mkdir(parents=True)
        for name in ("passwd", "group", "nsswitch.conf", "ld.so.cache"):
            if os.path.exists(f"/etc/{name}"):
                shutil.copy(f"/etc/{name}", lab.dir / "etc")
        with open(lab.dir / "etc/passwd", "a+") as users:
            users.seek(0)
            if "\ndnsmasq:" not in users.read():
                users.write("dnsmasq:x:65533:65534::/var/lib/misc:/usr/sbin/nologin\n")
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

    def command(self, *more):
        return [*lab_module.enter(self.lab.namespace), *lab_module.unshare("--mount"),
                "sh", "-c", MOUNTS, str(self.lab.dir), *self.program.words, *more]

    def run(self, *more):
        """Runs the command to its end: for daemons, --test, and starts that fail."""
        return subprocess.run(self.command(*more), capture_output=True, text=True, timeout=20,
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

    def leases(self):
        path = self.at(self.program.leases)
        return path.read_text() if path.exists() else ""


def alive(pid):
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


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


def everybody_reads(house, mac, address):
    """Every program's reader finds the lease, in its own server's file and in the others'."""
    def found():
        return mac in house.leases()
    wait_for("the lease in its file", found, 3)
    text = house.leases()
    for reader in readers.READERS + readers.ONE_LEASE * (text.count("\n") == 1):
        leases = reader(text)
        assert leases.get(mac) == address, f"{reader.__name__}: {text}"


def its_life(house, client, oracle=False):
    """What a program does with its server: start, lease, HUP, end, start again."""
    program = house.program
    pid = house.start()
    address = lease(house, client)
    name = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0]
    assert os.path.basename(name) == b"dnsmasq"
    if program.pid_file:
        assert re.fullmatch(r"\d+\n", house.at(program.pid_file).read_text())
    everybody_reads(house, client.mac, address)
    if program.dnsmasq_survives_hup or not oracle:
        os.kill(pid, signal.SIGHUP)
    assert client.reboot(address).type == ACK
    how = getattr(signal, f"SIG{program.stops}")
    code = house.stop(pid, how)
    assert code == (-signal.SIGKILL if how == signal.SIGKILL and house.process else 0)
    if program.pid_file and program.stops == "TERM" and not oracle:
        assert not house.at(program.pid_file).exists()
    everybody_reads(house, client.mac, address)
    pid = house.start()
    assert lease(house, client) == address
    house.stop(pid, how)
    if house.process:
        assert (house.lab.dir / "stderr").read_text() == ""


def syntax_is_right(house):
    tested = house.run("--test")
    assert (tested.returncode, tested.stdout) == (0, "")
    assert re.fullmatch(r"(dnsmasq|lanlord): syntax check OK\.\n", tested.stderr)


def oracle_lives(program):
    """The same with dnsmasq; it pings for three seconds before it offers an address."""
    lab = Lab()
    try:
        house = House(lab, program, lab_module.DNSMASQ)
        wire = Wire(lab.host())
        syntax_is_right(house)
        its_life(house, Client(wire, 1), oracle=True)
        wire.close()
    finally:
        lab.close()


@pytest.fixture(scope="module")
def oracle(request):
    """What came of each program with dnsmasq: they all run meanwhile."""
    asked = {item.callspec.params["program"].name for item in request.session.items
             if item.name.startswith("test_dnsmasq_gives")}
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        yield {program.name: pool.submit(oracle_lives, program)
               for program in SERVED if program.name in asked}


@pytest.mark.parametrize("program", SERVED, ids=name_of)
def test_a_program_finds_what_it_relies_on(lab, client, program, oracle):
    house = House(lab, program, lab_module.SERVER)
    syntax_is_right(house)
    assert not house.leases() or program.leases in program.files
    its_life(house, client, oracle=lab_module.server_is_dnsmasq())
    done["served"].append(program.name)


@pytest.mark.parametrize("program", SERVED, ids=name_of)
def test_dnsmasq_gives_a_program_the_same(program, oracle):
    oracle[program.name].result()


@pytest.mark.lanlord_only("it serves what is refused here")
@pytest.mark.parametrize("program", REFUSED, ids=name_of)
def test_what_is_not_served_is_named_with_its_line(lab, program):
    house = House(lab, program, lab_module.SERVER)
    for more in ((), ("--test",)):
        refused = house.run(*more)
        assert refused.returncode == 1
        said = [line for line in refused.stderr.splitlines() if line]
        named = [re.fullmatch(r"dnsmasq: (?:command line|/\S+:\d+): (?:\S+, column \d+: )?(\S+) is "
                              r"not served yet(?:; .*)?", line) for line in said]
        assert all(named), refused.stderr
        assert {found[1] for found in named} == program.refused
    done["refused"].append(program.name)


@pytest.mark.parametrize("program", REFUSED, ids=name_of)
def test_what_is_refused_is_no_mistake_of_the_table(lab, program):
    tested = House(lab, program, lab_module.DNSMASQ).run("--test")
    assert (tested.returncode, tested.stderr) == (0, "dnsmasq: syntax check OK.\n")


def test_the_version_is_read_by_those_who_look_at_it(lab):
    """create_ap, Neutron and libvirt look for the number, OpenWrt for words between blanks."""
    link = lab.dir / "dnsmasq"
    link.symlink_to(lab_module.SERVER)
    said = subprocess.run([link, "-v"], capture_output=True, text=True).stdout
    major, minor = re.search(r"[0-9]+(\.[0-9]+)+", said)[0].split(".")[:2]
    assert (int(major), int(minor)) >= (2, 80)
    assert re.match(r"Dnsmasq version (\d+)\.(\d+)", said, re.IGNORECASE)
    options = next(line for line in said.splitlines() if "Compile time options:" in line)
    assert " DHCP " in options and " TFTP " in options


def test_a_lease_that_was_taken_out_of_the_file_is_gone(lab, client):
    """EVE ends its server, takes the line out, and starts it again; so do CloudStack and Neutron."""
    program = next(program for program in SERVED if "EVE" in program.name)
    house = House(lab, program, lab_module.SERVER)
    pid = house.start()
    first, second = Client(client.wire, 2), Client(client.wire, 3)
    addresses = {one.mac: lease(house, one) for one in (first, second)}
    house.stop(pid, signal.SIGTERM)
    kept = [line for line in house.leases().splitlines() if first.mac not in line]
    house.write(program.leases, kept)
    house.start()
    assert first.renew(addresses[first.mac]).message == "lease not found"
    assert second.reboot(addresses[second.mac]).type == ACK


def test_programs_are_counted(capsys):
    with capsys.disabled():
        print(f"\nembedders: {len(done['served'])} served, {len(done['refused'])} refused")
    assert len(SERVED) > len(REFUSED)
