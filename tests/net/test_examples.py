# SPDX-License-Identifier: ISC
"""What is in examples/ and in the guides does what is said of it."""

import contextlib
import os
import re
import subprocess

import pytest

import lab as lab_module
from lab import ROOT, SERVER, SERVER_IP, wait_for

EXAMPLES = sorted((ROOT / "examples").glob("*.conf"))
# By file: the interface and the address that its comments ask for.
WANTS = {"home.conf": ("lan0", "192.168.1.1"), "blocklist.conf": ("lan0", "192.168.1.1"),
         "netboot.conf": ("br0", SERVER_IP)}


@pytest.fixture
def example(lab, tmp_path):
    """Starts an example, with its files in folders of the test's own."""
    def start(path):
        interface, address = WANTS[path.name]
        if interface != "br0":
            lab.bridge_add(interface, f"{address}/24")
        tmp_path.chmod(0o755)
        for folder in tmp_path.parents[:2]:
            folder.chmod(0o755)
        conf = lab.dir / "conf"
        conf.write_text(path.read_text().replace("/srv/netboot", str(tmp_path))
                        + f"dhcp-leasefile={lab.lease_file}\n")
        lab.start()
        return interface, address
    return start


def leased(lab, interface, name):
    """A machine of this name with its address, by a real client."""
    host = lab.host(interface)
    done = host.run("udhcpc", "-i", "eth0", "-nq", "-s", "/bin/true", "-x", f"hostname:{name}",
                    text=True)
    assert done.returncode == 0, done.stderr
    address = re.search(r"lease of (\S+) obtained", done.stderr)[1]
    host.address_add(f"{address}/24")
    return host, address


def dig(host, server, *words):
    done = host.run("dig", "+short", "+tries=1", f"@{server}", *words, text=True)
    assert done.returncode == 0, done.stdout
    return done.stdout.split()


def skip_where_not_served(path):
    ours = re.search("^(http-root|block-list)", path.read_text(), re.M)
    if ours and lab_module.server_is_dnsmasq():
        pytest.skip(f"it has no {ours[1]}")


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_an_example_has_no_mistake(path):
    skip_where_not_served(path)
    done = subprocess.run([SERVER, "--test", "-C", path], capture_output=True, text=True, timeout=20)
    assert done.returncode == 0, done.stderr
    assert done.stderr.endswith("syntax check OK.\n")


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_an_example_gives_an_address_and_where_it_has_names_a_name(lab, example, path):
    skip_where_not_served(path)
    interface, address = example(path)
    host, given = leased(lab, interface, "laptop")
    assert given.rsplit(".", 1)[0] == address.rsplit(".", 1)[0]
    if "port=0" in path.read_text().splitlines():
        return
    assert dig(host, address, "laptop.home.arpa") == [given]
    assert dig(host, address, "laptop") == [given]
    assert dig(host, address, "-x", given) == ["laptop.home.arpa."]
    assert dig(host, address, "+tcp", "laptop.home.arpa") == [given]
    assert dig(host, address, "router.home.arpa") == [address]
    assert dig(host, address, "nobody.home.arpa") == []


def test_a_name_is_there_before_its_lease_where_a_line_says_it(lab):
    """As the guide has it: a host-record, or a hosts file that dhcp-host takes the address from."""
    text = (ROOT / "examples/home.conf").read_text()
    assert "host-record=printer.home.arpa,printer,192.168.1.10\n" in GUIDE
    hosts = lab.dir / "hosts"
    hosts.write_text("192.168.1.10 printer\n")
    lab.bridge_add("lan0", "192.168.1.1/24")
    host = lab.host("lan0", "192.168.1.50/24")
    own = f"dhcp-leasefile={lab.lease_file}\n"
    from_hosts = text.replace("dhcp-host=52:54:00:12:34:56,192.168.1.10,printer",
                              f"dhcp-host={host.mac},printer\nexpand-hosts\naddn-hosts={hosts}")
    for changed in (text + "host-record=printer.home.arpa,printer,192.168.1.10\n", from_hosts):
        (lab.dir / "conf").write_text(changed + own)
        lab.start()
        assert dig(host, "192.168.1.1", "printer.home.arpa") == ["192.168.1.10"]
        assert dig(host, "192.168.1.1", "-x", "192.168.1.10") == ["printer.home.arpa."]
        if changed is not from_hosts:
            lab.stop()
    done = host.run("udhcpc", "-i", "eth0", "-nq", "-s", "/bin/true", text=True)
    assert "lease of 192.168.1.10 obtained" in done.stderr


@pytest.mark.lanlord_only("it has no block lists")
def test_the_example_of_block_lists_blocks_for_whom_it_says(lab, tmp_path):
    """And `explain dns` names list and line."""
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o755)
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists/a").write_text("0.0.0.0 a.example\n||tracker.example^\n")
    (tmp_path / "lists/b").write_text("! another\nb.example\nlines.example\n")
    (tmp_path / "games.list").write_text("||games.example^\n")
    lab.bridge_add("lan0", "192.168.1.1/24")
    kid = lab.host("lan0")
    text = (ROOT / "examples/blocklist.conf").read_text()
    assert "dhcp-host=52:54:00:12:34:57,set:kids\n" in text
    text = text.replace("52:54:00:12:34:57", kid.mac).replace("/etc/lanlord", str(tmp_path))
    (lab.dir / "conf").write_text(text + f"dhcp-leasefile={lab.lease_file}\n")
    lab.start()
    done = kid.run("udhcpc", "-i", "eth0", "-nq", "-s", "/bin/true", text=True)
    address = re.search(r"lease of (\S+) obtained", done.stderr)[1]
    kid.address_add(f"{address}/24")
    other = lab.host("lan0", "192.168.1.50/24")
    nobody = ["0.0.0.0"]
    for name, for_all in [("a.example", nobody), ("x.tracker.example", nobody), ("b.example", nobody),
                          ("metrics.example", nobody), ("www.ads.example", []),
                          ("x.good.tracker.example", []), ("x.games.example", [])]:
        assert dig(other, "192.168.1.1", name) == for_all, name
        of_kid = nobody if "games" in name else for_all
        assert dig(kid, "192.168.1.1", name) == of_kid, name
    for name, says in [("x.tracker.example", f"{tmp_path}/lists/a:2"),
                       ("b.example", f"{tmp_path}/lists/b:2"),
                       ("x.good.tracker.example", "asks elsewhere"),
                       ("metrics.example", f"conf:{line_of(text, 'address=/metrics')}"),
                       ("www.ads.example", f"conf:{line_of(text, 'local=/ads')}")]:
        done = subprocess.run(lab.server_command("explain", "dns", name, "-C", lab.dir / "conf"),
                              capture_output=True, text=True, timeout=20)
        assert says in done.stdout, done.stdout + done.stderr


def line_of(text, beginning):
    return [line.startswith(beginning) for line in text.splitlines()].index(True) + 1


# --- what the pages lead to ------------------------------------------------------------------------

PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]
MAN = ROOT / "docs/lanlord.8"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_leads_to_is_there(page):
    links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text())
    gone = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert not gone


def test_the_manual_page_is_well_formed():
    done = subprocess.run(["man", "-l", "--warnings", MAN], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.lanlord_only("its manual is another")
def test_the_manual_page_tells_of_every_word_and_of_our_own_options():
    text = MAN.read_text()
    shown = subprocess.run([SERVER, "--help"], capture_output=True, text=True, timeout=20).stdout
    words = re.findall(r"^    ([a-z]+) ", shown.partition("Words that may stand first")[2], re.M)
    assert len(words) >= 3
    assert [word for word in words if f".It Cm {word}\n" not in text] == []
    own = re.findall(r"^\| ([a-z0-9-]+).*\| served, lanlord's own",
                     (ROOT / "docs/options.md").read_text(), re.M)
    assert len(own) >= 8
    assert [option for option in own if not re.search(rf"^\.It Cm {option}\b", text, re.M)] == []


# --- the guide for a home network -----------------------------------------------------------------

GUIDE = (ROOT / "docs/home-network.md").read_text()


def blocks(kind):
    return re.findall(rf"^```{kind}\n(.*?)^```$", GUIDE, re.M | re.S)


def commands():
    """What it tells to type, in order, each with what it is to print; None: nothing is said of it."""
    for kind, body in re.findall(r"^```(sh|console)\n(.*?)^```$", GUIDE, re.M | re.S):
        if kind == "sh":
            yield body, None
            continue
        for command, output in re.findall(r"^# (.*)\n((?:(?!# ).*\n)*)", body, re.M):
            yield command, output


def matches(wanted, got):
    """A line … stands for any lines, … at the end of one for its rest."""
    pattern = ""
    for line in wanted.splitlines():
        pattern += "(?:.*\n)*?" if line == "…" else (
            re.escape(line.removesuffix("…")) + (".*" if line.endswith("…") else " *") + "\n")
    return re.fullmatch(pattern, got)


class Shell:
    """A root's shell on this machine, but with network namespaces and leases of its own."""

    END = "--that was all--"
    APART = ("mount -t tmpfs tmpfs /run && mkdir -p /run/netns /run/lock &&"
             " mount -t tmpfs tmpfs /var/lib/misc && mkdir -p /etc/netns &&"
             " mount -t tmpfs tmpfs /etc/netns")

    def __init__(self, folder):
        bin = folder / "bin"
        bin.mkdir()
        (bin / "lanlord").symlink_to(SERVER)
        had = os.path.isdir("/etc/netns")
        self.leave = None if had else "/etc/netns"
        env = {**os.environ, "PATH": f"{bin}:/usr/sbin:/usr/bin:/sbin:/bin"}
        self.log = folder / "log"
        self.log.touch()
        self.shell = subprocess.Popen(["unshare", "--net", "--mount", "bash"], cwd=ROOT, env=env,
                                      text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                      stderr=subprocess.STDOUT)
        self.run(self.APART)

    def run(self, command):
        """What it printed; it must succeed."""
        self.shell.stdin.write(f"{command.rstrip()}\necho; echo {self.END} $?\n")
        self.shell.stdin.flush()
        lines = []
        for line in self.shell.stdout:
            if line.startswith(self.END):
                break
            lines.append(line)
        else:
            raise AssertionError(f"the shell ended in {command!r}")
        assert line.split()[-1] == "0", f"{command}\n{''.join(lines)}"
        return "".join(lines).removesuffix("\n")

    def serve(self, command):
        """A command that goes on, as in another terminal."""
        self.run(f"{command} >{self.log} 2>&1 </dev/null &")

    def close(self):
        self.run("kill $(jobs -p) && wait || true")
        self.shell.stdin.close()
        self.shell.wait(timeout=10)
        if self.leave:
            with contextlib.suppress(OSError):		# somebody else's files are in it by now
                os.rmdir(self.leave)


@pytest.fixture
def shell(tmp_path):
    lab_module.unshare("--mount")
    shell = Shell(tmp_path)
    yield shell
    shell.close()


def test_the_guide_shows_the_example(lab):
    lines = [line for line in (ROOT / "examples/home.conf").read_text().splitlines()
             if line and not line.startswith("#")]
    assert blocks("conf") == ["\n".join(lines) + "\n"]


@pytest.mark.lanlord_only("it explains nothing")
def test_what_the_guide_tells_to_type_prints_what_it_shows(shell):
    typed = 0
    for command, output in commands():
        if " lanlord -d " in command:
            shell.serve(command)
            wait_for("the server's start", lambda: matches(output, shell.log.read_text()))
        else:
            if command.startswith("for who in laptop printer home"):
                told = shell.log.read_text().splitlines()
            got = shell.run(command)
            assert output is None or matches(output, got), f"{command}\n{got}"
        typed += 1
    assert typed >= 15
    at = 0
    for line in blocks("log")[0].splitlines():
        at = [said.rstrip() for said in told].index(line, at) + 1
