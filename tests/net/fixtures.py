# SPDX-License-Identifier: ISC
"""What the network tests and the embedders' share: labs, clients, and who runs."""

import os

import pytest

import lab as lab_module
import packets


def pytest_configure(config):
    config.addinivalue_line("markers", "boot: boots a virtual machine; takes half a minute")
    config.addinivalue_line("markers", "matrix: boots one more kind of machine")
    config.addinivalue_line("markers", "soak: a long storm")
    config.addinivalue_line("markers", "lanlord_only(why): dnsmasq has nothing like it")
    if os.geteuid() != 0:
        raise pytest.UsageError("the network tests make namespaces: run them as root")
    if not os.access(lab_module.SERVER, os.X_OK):
        raise pytest.UsageError(f"{lab_module.SERVER} is not there: build it, or set LANLORD")


def pytest_collection_modifyitems(items):
    if not lab_module.server_is_dnsmasq():
        return
    for item in items:
        mark = item.get_closest_marker("lanlord_only")
        if mark:
            item.add_marker(pytest.mark.skip(reason=f"dnsmasq: {mark.args[0]}"))


def lab_with_its_log():
    """A lab; when the test fails, the server's log and what the clients said are shown."""
    lab = lab_module.Lab()
    try:
        yield lab
        print(lab.log())
        for host in lab.hosts:
            print(host.output())
    finally:
        lab.close()


@pytest.fixture
def lab():
    yield from lab_with_its_log()


@pytest.fixture(scope="module")
def module_lab():
    yield from lab_with_its_log()


@pytest.fixture
def wire(lab):
    """A raw socket on a host plugged into br0."""
    wire = packets.Wire(lab.host())
    yield wire
    wire.close()


@pytest.fixture
def client(wire):
    return packets.Client(wire, 1)


@pytest.fixture
def clients(wire):
    """Makes as many clients as a test wants, numbered from 1."""
    return lambda count: [packets.Client(wire, n) for n in range(1, count + 1)]


@pytest.fixture
def net(lab):
    """A lab with upstream servers of names and one who asks."""
    import dns_net

    net = dns_net.Net(lab)
    yield net
    net.upstream.close()
