# SPDX-License-Identifier: ISC
"""The command lines with which other programs start dnsmasq, and what they then rely on.

Each runs as on its own machine: the server stands at /usr/sbin/dnsmasq, and /etc, /run, /srv, /tmp
and /var/lib are the program's, in a mount namespace.  The tables are programs.txt and rebuilt.txt.
"""

import concurrent.futures
import os
import pathlib
import re
import signal
import subprocess

import pytest

import lab as lab_module
import readers
from house import House, alive, lease
from lab import Lab, wait_for
from packets import ACK, Client, Wire
from programs import PROGRAMS, REFUSED, SERVED, WRONG, name_of

# How many are served, and never fewer again.
SERVED_AT_LEAST = 36
done = {"served": [], "refused": []}


def everybody_reads(house, mac, address):
    """Every program's reader finds the lease, in its own server's file and in the others'."""
    def found():
        return mac in house.leases()
    wait_for("the lease in its file", found, 3)
    text = house.leases()
    for reader in readers.READERS + readers.ONE_LEASE * (text.count("\n") == 1):
        leases = reader(text)
        assert leases.get(mac) == address, f"{reader.__name__}: {text}"


def probes_succeed(house):
    for words in house.program.probes:
        probed = house.run_words(*words)
        assert (probed.returncode, probed.stdout) == (0, ""), probed.stderr


def names_are_answered(house):
    for name, address in house.program.names:
        want = None if address == "-" else address
        if want:
            wait_for(f"the address of {name}", lambda: house.address_of(name) == want, 5)
        else:
            assert house.address_of(name) is None


def says_what_is_read(house):
    program = house.program
    if program.says:
        wait_for(f"a line with {program.says}", lambda: re.search(program.says, house.said()), 5)
    elif house.process:
        assert house.said() == ""


def its_process(house, pid):
    """A program looks for its server by its pid file and its name."""
    program = house.program
    name = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0]
    assert os.path.basename(name) == b"dnsmasq"
    if program.pid_file:
        path = house.at(program.pid_file)
        wait_for("the pid file", lambda: path.exists() and path.read_text())
        assert re.fullmatch(r"\d+\n", path.read_text())
        assert program.daemon or int(path.read_text()) == pid


def hup(house, pid, oracle):
    if house.program.dnsmasq_survives_hup or not oracle:
        os.kill(pid, signal.SIGHUP)


def ends(house, pid, oracle):
    program = house.program
    how = getattr(signal, f"SIG{program.stops}")
    code = house.stop(pid, how)
    assert code == (-signal.SIGKILL if how == signal.SIGKILL and house.process else 0), house.said()
    if program.pid_file and program.stops == "TERM" and not oracle:
        assert not house.at(program.pid_file).exists()


def life_with_leases(house, client, oracle):
    """Start, lease, HUP, end, start again, release."""
    pid = house.start()
    address = lease(house, client)
    its_process(house, pid)
    names_are_answered(house)
    everybody_reads(house, client.mac, address)
    hup(house, pid, oracle)
    assert client.reboot(address).type == ACK
    names_are_answered(house)
    ends(house, pid, oracle)
    everybody_reads(house, client.mac, address)
    pid = house.start()
    assert lease(house, client) == address
    client.release(address)
    wait_for("the lease's end in the file", lambda: client.mac not in house.leases(), 3)
    ends(house, pid, oracle)


def life_with_names(house, oracle):
    """The same of a server that gives out no addresses."""
    for _ in range(2):
        pid = house.start()
        names_are_answered(house)
        its_process(house, pid)
        hup(house, pid, oracle)
        names_are_answered(house)
        assert alive(pid)
        ends(house, pid, oracle)


def its_life(house, client, oracle=False):
    if house.program.leases:
        life_with_leases(house, client, oracle)
    else:
        life_with_names(house, oracle)
    says_what_is_read(house)


def syntax_is_right(house):
    tested = house.run("--test")
    assert (tested.returncode, tested.stdout) == (0, "")
    assert re.fullmatch(r"(dnsmasq|lanlord): syntax check OK\.\n", tested.stderr)
    probes_succeed(house)


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
    assert not program.leases or not house.leases() or program.leases in program.files
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


@pytest.mark.parametrize("program", WRONG, ids=name_of)
def test_what_dnsmasq_refuses_is_refused(lab, program):
    house = House(lab, program, lab_module.DNSMASQ)
    refused = house.run("--test")
    assert refused.returncode == 1 and program.dnsmasq_refuses in refused.stderr
    (lab.dir / "server").unlink()
    (lab.dir / "server").symlink_to(lab_module.SERVER)
    refused = house.run("--test")
    assert refused.returncode == 1 and refused.stderr.lstrip("\n").startswith("dnsmasq: ")


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


def test_the_options_are_read_by_who_makes_a_menu_of_them():
    """OPNsense takes `NN name` from each line of --help dhcp."""
    said = [subprocess.run([server, "--help", "dhcp"], capture_output=True, text=True).stdout
            for server in (lab_module.SERVER, lab_module.DNSMASQ)]
    menus = [re.findall(r"^ *(\d+) (\S+)$", text, re.MULTILINE) for text in said]
    assert menus[0] == menus[1] and ("3", "router") in menus[0]


# --- those who edit the lease file ------------------------------------------------------------


def house_of(name, lab):
    program = next(program for program in SERVED if program.name == name)
    return House(lab, program, lab_module.SERVER)


def two_leases(house, wire):
    clients = [Client(wire, number) for number in (1, 2)]
    return clients, [lease(house, client) for client in clients]


def test_eve_takes_a_lease_out_between_an_end_and_a_start(lab, wire):
    house = house_of("LF Edge EVE, without its folders and sets", lab)
    pid = house.start()
    (first, second), addresses = two_leases(house, wire)
    house.stop(pid, signal.SIGTERM)
    house.edit(lambda lines: [line for line in lines if first.mac not in line])
    house.at("/run/zedrouter/dhcp-hosts.br0/" + f"{first.mac}.inet").unlink()
    house.start()
    assert first.renew(addresses[0]).message == "lease not found"
    assert second.reboot(addresses[1]).type == ACK


def test_cloudstack_writes_a_lease_and_has_it_read(lab, wire):
    """A machine that comes is written beside those that are there, and the server started again."""
    house = house_of("CloudStack, the virtual router", lab)
    pid = house.start()
    (first, second), addresses = two_leases(house, wire)
    house.stop(pid, signal.SIGTERM)
    third = Client(wire, 3)
    host = f"{third.mac},10.77.0.122,vm-3,infinite"
    house.edit(lambda lines: [line for line in lines if second.mac not in line]
               + [f"0 {third.mac} 10.77.0.122 vm-3 *"])
    hosts = house.at("/etc/dhcphosts.txt")
    hosts.write_text(hosts.read_text().replace("10.77.0.121", "10.77.0.129") + host + "\n")
    pid = house.start()
    assert third.reboot("10.77.0.122").type == ACK
    assert first.reboot(addresses[0]).type == ACK
    assert lease(house, second) == "10.77.0.129"
    assert readers.by_column(house.leases())[third.mac] == "10.77.0.122"
    assert house.leases().splitlines()[0].split()[0] == "0"


def test_neutron_writes_the_leases_of_its_ports_before_the_first_start(lab, wire):
    """A port that was there before keeps its address; one that is gone is taken out and released."""
    house = house_of("OpenStack Neutron", lab)
    pid = house.start()
    client = Client(wire, 1)
    assert client.reboot("10.77.0.120").type == ACK
    assert readers.strict(house.leases())[Client(wire, 2).mac] == "10.77.0.121"
    host = house.at("/var/lib/neutron/dhcp/net/host")
    host.write_text("".join(line for line in host.read_text().splitlines(True)
                            if client.mac not in line))
    (lab.dir / "tmp/dhcp_release").symlink_to("/usr/sbin/dnsmasq")
    released = house.run_words("/tmp/dhcp_release", "br0", "10.77.0.120", client.mac)
    assert (released.returncode, released.stdout, released.stderr) == (0, "", "")
    wait_for("the lease's end", lambda: client.mac not in house.leases(), 3)
    os.kill(pid, signal.SIGHUP)
    assert lease(house, Client(wire, 2)) == "10.77.0.121"
    wait_for("the hosts without it", lambda: client.discover(timeout=0.2) is None, 3)


# --- the count ----------------------------------------------------------------------------------


def table():
    for program in PROGRAMS:
        if program.dnsmasq_refuses:
            yield f"embedders: {program.name}: refused, as dnsmasq does"
        elif program.refused:
            yield f"embedders: {program.name}: refused ({', '.join(sorted(program.refused))})"
        else:
            yield f"embedders: {program.name}: served"


def test_programs_are_counted(tell):
    tell("\n".join([f"embedders: {len(done['served'])} served, {len(done['refused'])} refused",
                    *table()]))
    assert len(SERVED) >= SERVED_AT_LEAST
