# SPDX-License-Identifier: ISC
"""A machine goes from power-on to Linux.  The demo is the test: it runs what a user would run."""

import os
import re
import subprocess

import pytest

from lab import ROOT, SERVER, server_is_dnsmasq

LOADERS = {"bios": [], "uefi": ["snponly.efi"]}


def boot(firmware, card="virtio-net-pci"):
    done = subprocess.run([ROOT / "tools" / "demo"], capture_output=True, text=True, timeout=200,
                          errors="replace", stdin=subprocess.DEVNULL,
                          env=os.environ | {"FIRMWARE": firmware, "CARD": card, "LANLORD": SERVER})
    print(done.stdout, done.stderr)
    assert done.returncode == 0
    log, _, summary = done.stdout.partition("\nSummary ")
    assert "LANLORD-BOOT-OK" in log
    lease = re.search(r"lease: +\d+ 02:00:00:77:00:01 (10\.77\.0\.1\d\d) \* ", summary)
    assert lease, summary
    assert f"DHCPACK(br0) {lease[1]} 02:00:00:77:00:01" in log
    fetched = re.findall(r"^ *[\d.]+ s  (TFTP|HTTP)  (\S+) +(\d+) bytes$", summary, re.MULTILINE)
    main = "TFTP" if server_is_dnsmasq() else "HTTP"
    assert [(how, name) for how, name, _ in fetched] == [
        *(("TFTP", name) for name in LOADERS[firmware]), ("TFTP", "boot.ipxe"),
        (main, "vmlinuz"), (main, "initrd")]
    assert int(fetched[-2][2]) == (ROOT / "build/netboot-payload/vmlinuz").stat().st_size


@pytest.mark.boot
@pytest.mark.parametrize("firmware", LOADERS)
def test_a_machine_boots_to_linux(firmware):
    boot(firmware)


# (The UEFI firmware has a driver for virtio only.)
@pytest.mark.matrix
@pytest.mark.parametrize("card", ["e1000", "rtl8139"])
def test_machines_with_other_network_cards_boot_to_linux(card):
    boot("bios", card)
