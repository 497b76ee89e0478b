# SPDX-License-Identifier: ISC
"""make install, DROPIN=1, and make uninstall."""

import os
import signal

import pytest

import lab

DNSMASQ = "/usr/sbin/dnsmasq"
ASIDE = "/usr/sbin/dnsmasq.distrib"
UNITS = "/usr/local/lib/systemd/system"
HELPER = "/usr/local/lib/lanlord/dnsmasq-service"

pytestmark = pytest.mark.skipif(lab.server_is_dnsmasq(), reason="dnsmasq: it is lanlord's install")


def tree(machine, *folders):
    """Every file with its kind, mode, owner, size, time, target and sum; folders without time."""
    found = machine.must("find", *folders, "-type", "d", "-printf", "%p %M %U\n", "-o",
                         "-printf", "%p %M %U %s %T@ %l\n")
    sums = machine.must("sh", "-c", "md5sum /usr/sbin/* /etc/*.conf /var/lib/dpkg/diversions 2>&1")
    return sorted(found.splitlines()), sums


def everything(machine):
    return tree(machine, "/usr/sbin", "/usr/local", "/etc", "/lib/systemd", "/usr/share/man/man8")


def test_install_and_uninstall_leave_the_machine_as_it_was(machine):
    before = everything(machine)
    machine.make("install")
    assert "lanlord version" in machine.must("/usr/local/sbin/lanlord", "--version")
    assert machine.must("cat", f"{UNITS}/lanlord.service").count("/usr/local/sbin/lanlord ") == 3
    assert "lanlord" not in machine.must(DNSMASQ, "--version")
    machine.must("test", "-s", "/usr/local/share/man/man8/lanlord.8")
    machine.make("uninstall")
    assert everything(machine) == before


def test_a_dropin_is_what_the_name_finds_and_goes_without_a_trace(machine):
    before = everything(machine)
    original = machine.must("sha256sum", DNSMASQ).split()[0]
    machine.make("install", DROPIN=1)
    version = machine.must("dnsmasq", "--version")
    assert version.startswith("Dnsmasq version 2.90") and "lanlord" in version
    diversions = machine.must("dpkg-divert", "--list", DNSMASQ)
    assert diversions == f"local diversion of {DNSMASQ} to {ASIDE}\n"
    assert machine.must("sha256sum", ASIDE).split()[0] == original
    machine.run("sh", "-c", "echo port=0 >/etc/dnsmasq.conf")
    done = machine.run("dnsmasq", "--test")
    assert done.returncode == 0 and "syntax check OK." in done.stderr
    machine.must("rm", "-f", "/etc/dnsmasq.conf")

    machine.make("uninstall")
    assert machine.must("sha256sum", DNSMASQ).split()[0] == original
    assert "lanlord" not in machine.must(DNSMASQ, "--version")
    assert machine.must("dpkg-divert", "--list", DNSMASQ) == ""
    assert everything(machine) == before


def test_a_dropin_has_the_program_that_gives_leases_back(machine):
    machine.must("sh", "-c", "echo theirs >/usr/bin/dhcp_release; chmod +x /usr/bin/dhcp_release")
    machine.make("install", DROPIN=1)
    found = machine.must("sh", "-c", "PATH=/usr/local/sbin:/usr/sbin:/usr/bin command -v dhcp_release")
    assert found == "/usr/local/sbin/dhcp_release\n"
    said = machine.run(found.strip())
    assert (said.returncode, said.stderr) == (
        1, "usage: dhcp_release <interface> <addr> <mac> [<client_id>]\n")
    done = machine.run("/usr/local/sbin/dhcp_lease_time")
    assert (done.returncode, done.stderr) == (1, "usage: dhcp_lease_time <address>\n")
    machine.make("install", DROPIN=1)
    machine.make("uninstall")
    assert machine.run("test", "-L", "/usr/local/sbin/dhcp_release").returncode == 1
    assert machine.must("cat", "/usr/bin/dhcp_release") == "theirs\n"


def test_a_plain_install_keeps_the_dropin_up_to_date(machine):
    machine.make("install", DROPIN=1)
    machine.must("sh", "-c", f"echo stale >{DNSMASQ}")
    machine.make("install")
    machine.must("cmp", DNSMASQ, "/usr/local/sbin/lanlord")
    machine.make("uninstall")
    assert "lanlord" not in machine.must(DNSMASQ, "--version")


def test_an_install_that_was_cut_short_is_finished_by_the_next(machine):
    machine.make("install", DROPIN=1)
    machine.must("rm", DNSMASQ)
    machine.make("install", DROPIN=1)
    assert "lanlord" in machine.must(DNSMASQ, "--version")


def package(machine, version):
    """A dnsmasq-base of its own, whose program says its version."""
    made = machine.dir / version
    control = f"Package: dnsmasq-base\nVersion: {version}\nArchitecture: all\n" \
              "Maintainer: nobody <nobody@example.org>\nDescription: a test\n"
    machine.must("sh", "-c", f"""mkdir -p {made}/DEBIAN {made}/usr/sbin
printf '%s' '{control}' >{made}/DEBIAN/control
printf '#!/bin/sh\necho {version}\n' >{made}{DNSMASQ}
chmod 755 {made}{DNSMASQ}""")
    machine.must("dpkg-deb", "--build", made, f"{made}.deb")
    return f"{made}.deb"


def test_an_upgrade_of_the_package_does_not_take_the_name(machine):
    machine.must("dpkg", "--force-depends", "--purge", "dnsmasq-base")
    machine.must("dpkg", "--install", package(machine, "9.1"))
    machine.make("install", DROPIN=1)
    assert machine.must(ASIDE) == "9.1\n"
    machine.must("dpkg", "--install", package(machine, "9.2"))
    assert "lanlord" in machine.must(DNSMASQ, "--version")
    assert machine.must(ASIDE) == "9.2\n"
    machine.make("uninstall")
    assert machine.must(DNSMASQ) == "9.2\n"


def test_a_package_that_comes_later_does_not_take_the_name(machine):
    machine.must("dpkg", "--force-depends", "--purge", "dnsmasq-base")
    machine.make("install", DROPIN=1)
    assert machine.run("test", "-e", ASIDE).returncode == 1
    machine.must("dpkg", "--install", package(machine, "9.1"))
    assert "lanlord" in machine.must(DNSMASQ, "--version")
    machine.make("uninstall")
    assert machine.must(DNSMASQ) == "9.1\n"


def test_a_name_that_another_has_diverted_is_left_to_him(machine):
    machine.must("dpkg-divert", "--local", "--rename", "--divert", f"{DNSMASQ}.real", "--add",
                 DNSMASQ)
    before = machine.must("sh", "-c", f"ls -l {DNSMASQ}*")
    done = machine.make("install", DROPIN=1, check=False)
    assert done.returncode != 0 and f"diverted already, to {DNSMASQ}.real" in done.stderr
    assert machine.must("sh", "-c", f"ls -l {DNSMASQ}*") == before


def test_uninstall_removes_no_program_that_is_not_lanlord(machine):
    machine.make("install", DROPIN=1)
    machine.must("cp", "/bin/true", DNSMASQ)
    done = machine.make("uninstall", check=False)
    assert done.returncode != 0 and f"{DNSMASQ} is not lanlord" in done.stderr
    machine.must("cmp", DNSMASQ, "/bin/true")
    machine.must("test", "-x", ASIDE)


def test_without_dpkg_the_name_is_in_the_prefix_and_that_is_said(machine):
    machine.must("sh", "-c", "rm $(command -v dpkg-divert)")
    original = machine.must("sha256sum", DNSMASQ)
    said = machine.make("install", DROPIN=1)
    assert "no dpkg here that could move a dnsmasq aside: /usr/local/sbin/dnsmasq is lanlord" in said
    assert f"Programs that name {DNSMASQ} in full still find what is there" in said
    assert machine.must("sha256sum", DNSMASQ) == original
    assert "lanlord" in machine.must("/usr/local/sbin/dnsmasq", "--version")
    assert "server=/usr/local/sbin/dnsmasq\n" in machine.must("cat", HELPER)
    machine.make("uninstall")
    assert machine.run("test", "-e", "/usr/local/sbin/dnsmasq").returncode == 1


def test_destdir_gets_the_files_and_dpkg_hears_nothing(machine):
    stage = machine.dir / "stage"
    before = everything(machine)
    machine.make("install", DROPIN=1, DESTDIR=stage)
    assert everything(machine) == before
    machine.must("test", "-x", f"{stage}/usr/local/sbin/dnsmasq")
    machine.make("uninstall", DESTDIR=stage)
    machine.must("test", "!", "-e", stage)


def test_nothing_installed_is_said(machine):
    done = machine.make("uninstall", check=False)
    assert done.returncode != 0 and "nothing is installed below /usr/local" in done.stderr


# --- the service ----------------------------------------------------------------------------------

def test_systemd_takes_the_units_that_were_installed(machine):
    machine.make("install", DROPIN=1)
    for unit in ("lanlord.service", "dnsmasq.service", "dnsmasq@.service"):
        said = machine.run("systemd-analyze", "verify", f"{UNITS}/{unit}")
        assert said.returncode == 0 and said.stderr == "", said.stderr
    machine.must("systemctl", "--root=/", "enable", "lanlord.service", "dnsmasq.service",
                 "dnsmasq@zone.service")
    wants = "/etc/systemd/system/multi-user.target.wants"
    for unit in ("lanlord", "dnsmasq"):
        assert machine.must("readlink", f"{wants}/{unit}.service") == f"{UNITS}/{unit}.service\n"
    assert machine.must("readlink", f"{wants}/dnsmasq@zone.service") == f"{UNITS}/dnsmasq@.service\n"


def helper_says(machine, settings, word="run", instance=""):
    """The arguments that the helper gives to the server, one an item."""
    name = f"/etc/default/dnsmasq{'.' if instance else ''}{instance}"
    machine.must("sh", "-c", f"cat >{name} <<'END'\n{settings}\nEND")
    machine.must("sh", "-c", f"printf '%s\\n' '#!/bin/sh' 'for a; do echo \"$a\"; done' >{DNSMASQ}")
    return machine.must(HELPER, word, *filter(None, [instance])).splitlines()


def test_the_helper_reads_every_setting_that_debian_knows(machine):
    machine.make("install", DROPIN=1)
    machine.must("mkdir", "-p", "/usr/share/dns")
    machine.must("sh", "-c", "echo '. 172800 IN DS 20326 8 2 E06D' >/usr/share/dns/root.ds")
    assert helper_says(machine, """
DNSMASQ_OPTS="--log-queries -d"
CONFIG_DIR='/etc/zone.d,*.conf'
DOMAIN_SUFFIX=lan.example
DNSMASQ_INTERFACE="br0 br1"
DNSMASQ_EXCEPT=lo
DNSMASQ_USER=nobody
RESOLV_CONF=/run/r.conf
MAILHOSTNAME=mail.example
MAILTARGET=target.example
DHCP_LEASE=/run/leases
CACHESIZE=99""") == [
        "--pid-file=/run/dnsmasq/dnsmasq.pid", "--user=nobody", "--interface=br0",
        "--interface=br1", "--except-interface=lo", "--mx-host=mail.example",
        "--mx-target=target.example", "--dhcp-leasefile=/run/leases", "--domain=lan.example",
        "--resolv-file=/run/r.conf", "--cache-size=99", "--conf-dir=/etc/zone.d,*.conf",
        "--log-queries", "-d", "--local-service", "--trust-anchor=.,20326,8,2,E06D"]


def test_an_instance_of_the_service_has_settings_and_a_pid_file_of_its_own(machine):
    machine.make("install", DROPIN=1)
    said = helper_says(machine, "CONFIG_DIR='/etc/zone,*.conf'\nDNSMASQ_USER=nobody",
                       instance="zone")
    assert "--pid-file=/run/dnsmasq/dnsmasq.zone.pid" in said
    assert "--conf-dir=/etc/zone,*.conf" in said


def test_resolvconf_is_told_where_it_is_installed(machine):
    machine.make("install", DROPIN=1)
    machine.must("sh", "-c", "printf '#!/bin/sh\\necho \"$@\"; cat\\n' >/sbin/resolvconf;"
                             "chmod +x /sbin/resolvconf; rm -f /etc/dnsmasq.conf")
    settings = "DNSMASQ_USER=nobody"
    assert "--resolv-file=/run/dnsmasq/resolv.conf" in helper_says(machine, settings)
    assert "--resolv-file=/run/dnsmasq/resolv.conf" not in helper_says(
        machine, settings + "\nIGNORE_RESOLVCONF=yes")
    assert helper_says(machine, settings, "resolver-add") == ["-a lo.dnsmasq",
                                                              "nameserver 127.0.0.1"]
    assert helper_says(machine, settings, "resolver-remove") == ["-d lo.dnsmasq"]
    assert helper_says(machine, settings + "\nDNSMASQ_EXCEPT=lo", "resolver-add") == []
    machine.must("sh", "-c", "echo port=0 >/etc/dnsmasq.conf")
    assert helper_says(machine, settings, "resolver-add") == []


def test_the_helper_says_what_is_wrong_with_a_configuration(machine):
    machine.make("install", DROPIN=1)
    machine.must("sh", "-c", "echo no-such-thing >/etc/dnsmasq.conf;"
                             "echo DNSMASQ_USER=nobody >/etc/default/dnsmasq")
    done = machine.run(HELPER, "check")
    assert done.returncode == 1 and "/etc/dnsmasq.conf:1:" in done.stderr


def test_a_user_that_is_not_there_is_named(machine):
    machine.make("install", DROPIN=1)
    machine.must("sh", "-c", "echo DNSMASQ_USER=nosuch >/etc/default/dnsmasq")
    done = machine.run(HELPER, "run")
    assert done.returncode == 2 and "there is no user nosuch" in done.stderr


def test_the_service_runs_by_the_name_and_ends_at_a_signal(machine):
    machine.make("install", DROPIN=1)
    machine.must("sh", "-c", "echo port=0 >/etc/dnsmasq.conf;"
                             "echo DNSMASQ_USER=nobody >/etc/default/dnsmasq")
    machine.must("unshare", "--net", HELPER, "run")
    pid = machine.must("cat", "/run/dnsmasq/dnsmasq.pid").strip()
    try:
        assert machine.must("cat", f"/proc/{pid}/comm") == "dnsmasq\n"
        assert machine.must("readlink", f"/proc/{pid}/exe") == f"{DNSMASQ}\n"
    finally:
        os.kill(int(pid), signal.SIGTERM)
    lab.wait_for("its end", lambda: not os.path.exists(f"/proc/{pid}"))
    assert machine.run("test", "-e", "/run/dnsmasq/dnsmasq.pid").returncode == 1
