# SPDX-License-Identifier: ISC
"""Block lists: what is blocked, for whom, who says so, and that they change while serving."""

import signal

import dns.rcode
import pytest

from dns_client import addresses
from dns_net import FORWARD, word
from lab import SERVER_IP, ip, wait_for
from packets import Client, Wire

pytestmark = pytest.mark.lanlord_only("it has no block lists")

RANGE = "dhcp-range=10.77.0.100,10.77.0.199,1h\nno-ping\n"
LIST = """\
! all dialects
0.0.0.0 ads.wild.example
plain.wild.example
||tree.wild.example^
address=/lines.wild.example/#
@@||good.tree.wild.example^
this is wrong
"""


def listed(net, name, text):
    path = net.lab.dir / name
    path.write_text(text)
    return path


def hup(net, text):
    """SIGHUP, and waits for a line more with this text."""
    before = net.lab.log().count(text)
    net.lab.server.send_signal(signal.SIGHUP)
    wait_for(text, lambda: net.lab.log().count(text) > before)


def test_a_list_blocks_its_names_and_the_log_names_it(net):
    path = listed(net, "ads", LIST)
    net.start(FORWARD + f"block-list={path}\nlog-queries\nhost-record=own.tree.wild.example,10.9.9.9\n")
    net.lab.wait_log(f"read block list {path} - 4 names, 1 exceptions, 1 wrong lines")
    assert f"{path}:7: more than a name in the line" in net.lab.log()
    for name, kind, want in [
            ("ads.wild.example", "A", ["0.0.0.0"]), ("ads.wild.example", "AAAA", ["::"]),
            ("x.ads.wild.example", "A", ["192.0.2.16"]),
            ("PLAIN.wild.example", "A", ["0.0.0.0"]), ("x.tree.wild.example", "A", ["0.0.0.0"]),
            ("deep.lines.wild.example", "AAAA", ["::"]), ("tree.wild.example", "TXT", []),
            ("good.tree.wild.example", "A", ["192.0.2.16"]),
            ("own.tree.wild.example", "A", ["10.9.9.9"])]:
        for ask in (net.asker.udp, net.asker.udp, net.asker.tcp):
            reply = ask(name, kind)
            assert (reply.rcode(), addresses(reply)) == (dns.rcode.NOERROR, want), name
    log = net.lab.log()
    assert f"{path} ads.wild.example is 0.0.0.0" in log
    assert f"{path} tree.wild.example is NODATA" in log


def test_a_list_is_read_again_on_sighup_and_kept_answers_do_not_hide_it(net):
    path = listed(net, "ads", "one.wild.example\n")
    net.start(FORWARD + f"block-list={path}\nblock-answer=nxdomain\n")
    assert net.asker.udp("one.wild.example").rcode() == dns.rcode.NXDOMAIN
    for _ in range(3):
        assert net.asker.addresses("two.wild.example") == ["192.0.2.16"]
    path.write_text("two.wild.example\n")
    hup(net, "read block list")
    assert net.asker.udp("two.wild.example").rcode() == dns.rcode.NXDOMAIN
    assert net.asker.addresses("one.wild.example") == ["192.0.2.16"]
    path.unlink()
    hup(net, f"failed to load names from {path}")
    assert net.asker.addresses("two.wild.example") == ["192.0.2.16"]


def test_a_folder_of_lists_is_read_with_what_is_new_in_it(net):
    folder = net.lab.dir / "lists"
    folder.mkdir()
    (folder / "a").write_text("one.wild.example\n")
    net.start(FORWARD + f"block-list={folder}\n")
    assert net.asker.addresses("one.wild.example") == ["0.0.0.0"]
    (folder / "b").write_text("two.wild.example\n")
    hup(net, f"read block list {folder}/b")
    assert net.asker.addresses("two.wild.example") == ["0.0.0.0"]


def test_a_list_with_a_tag_is_for_the_lease_that_has_it(net):
    """Also for answers that are kept already, and after a start."""
    path = listed(net, "games", "games.wild.example\n")
    conf = (FORWARD + RANGE + f"block-list={path},tag:kids\n"
            "dhcp-host=02:00:00:00:00:01,set:kids,10.77.0.150\n")
    net.start(conf)
    wire = Wire(net.host)
    try:
        kid, other = (Client(wire, number, mac=f"02:00:00:00:00:0{number}").lease().yiaddr
                      for number in (1, 2))
    finally:
        wire.close()
    assert kid == "10.77.0.150"
    ip(*(f"addr add {address}/24 dev eth0" for address in (kid, other)),
       namespace=net.host.namespace)
    asks = [(net.asker_to(SERVER_IP, "10.77.0.2"), "192.0.2.16"),
            (net.asker_to(SERVER_IP, other), "192.0.2.16"),
            (net.asker_to(SERVER_IP, kid), "0.0.0.0")]

    def check():
        for asker, want in asks * 3:
            assert asker.addresses("games.wild.example") == [want]

    check()
    net.lab.stop()
    net.start(conf)
    check()
    said = word(net.lab, "explain", "dns", "games.wild.example", "--from", kid, "-C",
                net.lab.dir / "conf").stdout
    assert f"{path}:1" in said and "0.0.0.0" in said
    assert "asks elsewhere" in word(net.lab, "explain", "dns", "games.wild.example", "--from",
                                    other, "-C", net.lab.dir / "conf").stdout
