# SPDX-License-Identifier: ISC
"""What the tests of names share: a lab with upstream servers and one who asks."""

import subprocess

from dns_client import Asker
from dns_upstream import Upstream
from lab import SERVER_IP, ip

UP, UP2 = "10.77.0.53", "10.77.0.54"
FORWARD = f"server={UP}\n"


class Net:
    """A lab with one who asks, and upstream servers beside it."""

    def __init__(self, lab):
        self.lab = lab
        self.host = lab.host(address="10.77.0.2/24")
        self.host.address_add(f"{UP}/24")
        self.host.address_add(f"{UP2}/24")
        ip("addr add fd77::1/64 dev br0 nodad", namespace=lab.namespace)
        ip("addr add fd77::2/64 dev eth0 nodad", namespace=self.host.namespace)
        self.upstream = Upstream(self.host.namespace, [UP, UP2],
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


def word(lab, *args):
    return subprocess.run(lab.server_command(*args), capture_output=True, text=True, timeout=20)
