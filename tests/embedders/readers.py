# SPDX-License-Identifier: ISC
"""How programs read the lease file, each said again in its own words: {MAC: address}.

A line that a reader cannot take is an error, as it is (or ought to be) for the program.
"""

import re


def lines_of(text):
    assert text.endswith("\n") or not text, "the last line ends"
    return text.splitlines()


def five_fields(text):
    """Incus and Foreman: exactly five fields, or a line that begins with duid."""
    leases = {}
    for line in lines_of(text):
        if line.startswith("duid"):
            continue
        expiry, mac, address, name, client_id = line.split()
        leases[mac] = address
    return leases


def by_column(text):
    """Ironic, CloudStack and Multipass: the second and the third column, whatever else is there."""
    return {line.split()[1]: line.split()[2] for line in lines_of(text)}


def strict(text):
    """Neutron: five fields apart by one blank, with numbers where numbers belong."""
    leases = {}
    for line in lines_of(text):
        fields = re.fullmatch(r"(\d+) ([0-9a-f:]{17}) (\d+\.\d+\.\d+\.\d+) (\S+) (\*|[0-9a-f:]+)", line)
        assert fields, line
        leases[fields[2]] = fields[3]
    return leases


def numbered(text):
    """OPNsense: at least five fields, the first a number; anything else is left out."""
    fields = [line.split() for line in lines_of(text)]
    return {f[1]: f[2] for f in fields if len(f) >= 5 and f[0].isdigit()}


def first_address(text):
    """Waydroid: the first thing that looks like an address, which must be the client's."""
    mac = re.search(r"([0-9a-f]{2}:){5}[0-9a-f]{2}", text)
    address = re.search(r"\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}", text)
    return {mac[0]: address[0]} if mac and address else {}


READERS = [five_fields, by_column, strict, numbered]
ONE_LEASE = [first_address]
