# SPDX-License-Identifier: ISC
"""The server as a process: how it starts, runs and ends."""

import grp
import os
import pwd
import re
import signal
import socket
import subprocess

import pytest

from lab import SERVER, inside, server_is_dnsmasq, wait_for

RANGE = "dhcp-range=10.77.0.100,10.77.0.199,1h\nno-ping\n"


def foreground(lab, text, *args, **conf):
    """A start that is expected to fail: (exit code, the lines on stderr that say something)."""
    path = lab.conf_write(text, **conf)
    done = lab.server_run("-k", "--pid-file=", "--log-facility=-", "-C", path, *args)
    return done.returncode, [line for line in done.stderr.splitlines() if line.strip()]


def says(lines, pattern):
    """Whether exactly one line matches, after the program's name."""
    return sum(bool(re.fullmatch(rf"(dnsmasq|lanlord): {pattern}", line)) for line in lines) == 1


def occupy(lab, port, kind=socket.SOCK_DGRAM):
    with inside(lab.namespace):
        taken = socket.socket(socket.AF_INET, kind)
        taken.bind(("0.0.0.0", port))
        if kind == socket.SOCK_STREAM:
            taken.listen()
    return taken


# --- starts that fail -----------------------------------------------------------------------------

def test_a_dhcp_port_in_use_is_exit_2_and_one_line(lab):
    with occupy(lab, 67):
        code, lines = foreground(lab, RANGE)
    assert code == 2
    assert says(lines, r"failed to bind DHCP server socket: Address already in use"), lines


def test_a_tftp_port_in_use_is_exit_2_and_one_line(lab):
    with occupy(lab, 69):
        code, lines = foreground(lab, f"enable-tftp\ntftp-root={lab.dir}\n")
    assert code == 2
    assert says(lines, r"failed to create listening socket for .*: Address already in use"), lines


@pytest.mark.lanlord_only("it has no HTTP")
def test_an_http_port_in_use_is_exit_2_and_one_line(lab):
    with occupy(lab, 80, socket.SOCK_STREAM):
        code, lines = foreground(lab, f"http-root={lab.dir}\n")
    assert code == 2
    assert says(lines, r".*80.*: Address already in use"), lines


def test_a_second_server_on_the_same_port_is_exit_2(lab):
    lab.start(RANGE)
    code, lines = foreground(lab, RANGE, name="second")
    assert code == 2
    assert says(lines, r"failed to bind DHCP server socket: Address already in use"), lines
    assert lab.server.poll() is None


def test_a_missing_interface_is_exit_2_when_interfaces_are_bound(lab):
    code, lines = foreground(lab, RANGE + "bind-interfaces\ninterface=nosuch0\n", interface=None)
    assert code == 2
    assert says(lines, r"unknown interface nosuch0"), lines


def test_a_missing_interface_is_only_warned_of_otherwise(lab):
    lab.conf_write(RANGE + "interface=br0,nosuch0\n", interface=None)
    lab.start()
    lab.wait_log("warning: interface nosuch0 does not currently exist")


def test_an_address_that_is_not_here_is_exit_2(lab):
    code, lines = foreground(lab, RANGE + "bind-interfaces\nlisten-address=192.0.2.77\n"
                             f"enable-tftp\ntftp-root={lab.dir}\n")
    assert code == 2
    assert any("192.0.2.77" in line for line in lines), lines


def test_an_unreadable_configuration_is_exit_3(lab):
    done = lab.server_run("-k", "-C", lab.dir / "not-there")
    assert done.returncode == 3
    assert f"cannot read {lab.dir}/not-there: No such file or directory" in done.stderr


def test_a_missing_included_file_is_exit_3(lab):
    code, lines = foreground(lab, RANGE + f"conf-file={lab.dir}/not-there\n")
    assert code == 3
    assert any(f"cannot read {lab.dir}/not-there" in line for line in lines), lines


def test_a_missing_tftp_root_is_exit_3(lab):
    code, lines = foreground(lab, f"enable-tftp\ntftp-root={lab.dir}/not-there\n")
    assert code == 3
    assert any(f"{lab.dir}/not-there" in line for line in lines), lines


def test_a_lease_file_that_cannot_be_made_is_exit_3(lab):
    lab.lease_file = lab.dir / "not-there" / "leases"
    code, lines = foreground(lab, RANGE)
    assert code == 3
    assert any("cannot open or create lease file" in line for line in lines), lines


@pytest.mark.parametrize("line", ["no-such-option", "dhcp-range=10.77.0.1,nonsense",
                                  "dhcp-lease-max=many", "port", "dhcp-host=02:00:00:00:00:01,bad name!"])
def test_a_wrong_line_is_exit_1_and_named(lab, line):
    path = lab.conf_write(f"# one\n{line}\n")
    number = path.read_text().splitlines().index(line) + 1
    done = lab.server_run("-k", "--pid-file=", "-C", path)
    assert done.returncode == 1
    # dnsmasq says "at line N of FILE", lanlord "FILE:N: …".
    assert (f"at line {number} of {path}" in done.stderr
            or f"{path}:{number}: " in done.stderr), done.stderr


@pytest.mark.lanlord_only("it stops at the first error")
def test_all_wrong_lines_are_reported_together(lab):
    path = lab.conf_write("dhcp-rnage=10.77.0.1\ndhcp-range=10.77.0.1,nonsense\n")
    done = lab.server_run("--test", "-C", path)
    assert done.returncode == 1
    assert f"{path}:4: " in done.stderr and f"{path}:5: " in done.stderr
    assert "dhcp-range" in done.stderr.split(f"{path}:5: ")[0], "the nearest name"


def test_an_unknown_user_is_exit_1(lab):
    code, lines = foreground(lab, RANGE + "user=nobody-of-this-name\n")
    assert code == 1
    assert any("nobody-of-this-name" in line for line in lines), lines


def test_a_failed_start_leaves_no_pid_file(lab):
    pid_file = lab.dir / "pid"
    path = lab.conf_write(RANGE + f"pid-file={pid_file}\n")
    with occupy(lab, 67):
        assert lab.server_run("-C", path).returncode == 2
    assert not pid_file.exists()


# --- questions ------------------------------------------------------------------------------------

def test_test_says_that_the_syntax_is_right(lab):
    done = lab.server_run("--test", "-C", lab.conf_write(RANGE))
    assert done.returncode == 0
    assert re.fullmatch(r"(dnsmasq|lanlord): syntax check OK\.\n", done.stderr)
    assert done.stdout == ""


def test_test_opens_and_writes_nothing(lab):
    pid_file = lab.dir / "pid"
    path = lab.conf_write(RANGE + f"pid-file={pid_file}\nenable-tftp\ntftp-root=/not-there\n")
    with occupy(lab, 67):
        assert lab.server_run("--test", "-C", path).returncode == 0
    assert not pid_file.exists() and not lab.lease_file.exists()


def test_called_dnsmasq_it_gives_the_version_that_libvirt_expects(lab):
    link = lab.dir / "dnsmasq"
    link.symlink_to(SERVER)
    done = subprocess.run([link, "--version"], capture_output=True, text=True)
    lines = done.stdout.splitlines()
    assert done.returncode == 0
    assert lines[0].startswith("Dnsmasq version 2.90")
    options = next(line for line in lines if line.startswith("Compile time options: ")).lower()
    assert " dhcp " in options + " " and " tftp " in options + " "


def test_help_dhcp_lists_the_options_by_number(lab):
    done = lab.server_run("--help", "dhcp")
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert lines[0] == "Known DHCP options:"
    assert {"  1 netmask", "  3 router", "  6 dns-server", " 67 bootfile-name",
            "119 domain-search"} <= set(lines)


# --- life as a daemon -----------------------------------------------------------------------------

def daemon_start(lab, text=""):
    """Returns (pid, pid file) of a server that went to the background.

    As in /run/dnsmasq, its user may write where its pid file and its log are.
    """
    run = lab.dir / "run"
    run.mkdir()
    run.chmod(0o777)
    pid_file, lab.log_file = run / "pid", run / "log"
    path = lab.conf_write(RANGE + f"pid-file={pid_file}\nlog-facility={lab.log_file}\n" + text)
    done = lab.server_run("-C", path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    return int(pid_file.read_text()), pid_file


def test_the_parent_exits_when_the_daemon_serves(lab, client):
    pid, pid_file = daemon_start(lab)
    # No waiting: a client that asks now is answered.
    assert client.discover(timeout=3) is not None
    assert re.fullmatch(r"\d+\n", pid_file.read_text())
    assert os.readlink(f"/proc/{pid}/cwd") == "/"
    assert os.getsid(pid) != os.getsid(0)
    for number in (0, 1, 2):
        assert os.readlink(f"/proc/{pid}/fd/{number}") == "/dev/null"


def test_it_starts_with_nothing_for_standard_input_and_output(lab):
    """A socket that took their numbers would be overwritten by the first message."""
    pid_file = lab.dir / "pid"
    path = lab.conf_write(RANGE + f"pid-file={pid_file}\n")
    closed = ["sh", "-c", 'exec "$0" "$@" <&- >&- 2>&-', *lab.server_command("-C", path)]
    assert subprocess.run(closed, timeout=20).returncode == 0
    pid = int(pid_file.read_text())
    for number in (0, 1, 2):
        assert os.readlink(f"/proc/{pid}/fd/{number}") == "/dev/null"


@pytest.mark.parametrize("option, path, why", [
    ("-x", "/proc/nowhere/pid", "failed to open pidfile .*: No such file or directory"),
    ("-x", "{dir}", "failed to open pidfile .*: File exists"),
    ("--log-facility", "{dir}/nowhere/log", "cannot open log .*: No such file or directory"),
    ("--log-facility", "{dir}/", "cannot open log .*: Is a directory")])
@pytest.mark.parametrize("daemon", [True, False], ids=["daemon", "foreground"])
def test_a_file_that_cannot_be_written_is_exit_3_and_one_line(lab, option, path, why, daemon):
    args = [] if daemon else ["-k"]
    args += [f"{option}={path.format(dir=lab.dir)}" if option.startswith("--") else
             option + path.format(dir=lab.dir)]
    if option != "-x":
        args += [f"-x{lab.dir}/pid"]
    done = lab.server_run("-C", lab.conf_write(RANGE), *args)
    lines = [line for line in done.stderr.splitlines() if line]
    assert done.returncode == 3 and len(lines) == 1 and re.search(why, lines[0]), done.stderr


@pytest.mark.lanlord_only("it needs CAP_NET_ADMIN")
def test_a_user_who_may_bind_the_ports_can_run_it(lab, client):
    """No helper then: the server reads its files itself, where they were at the start."""
    caps = "+net_bind_service,+net_raw"
    folder = lab.dir / "own"
    folder.mkdir()
    os.chown(folder, 1000, 1000)
    lab.lease_file, log = folder / "leases", folder / "log"
    hosts, pid_file = folder / "hosts", folder / "pid"
    path = lab.conf_write(RANGE + f"dhcp-hostsfile={hosts}\n")
    path = path.rename(folder / "conf")
    under = ["setpriv", "--reuid=1000", "--regid=1000", "--clear-groups", f"--inh-caps={caps}",
             f"--ambient-caps={caps}"]
    done = subprocess.run(lab.server_command("-C", path, f"-x{pid_file}", f"--log-facility={log}",
                                             under=under), capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    pid = int(pid_file.read_text())
    new = folder / "new"
    new.write_text(f"{client.mac},10.77.0.150\n")
    new.rename(hosts)
    os.kill(pid, signal.SIGHUP)
    wait_for("the hosts", lambda: f"read {hosts}" in log.read_text())
    new.write_text(path.read_text().replace("1h", "3h"))
    new.rename(path)
    assert subprocess.run(lab.server_command("reload", under=under)).returncode == 0
    ack = client.lease()
    assert (ack.yiaddr, ack.lease_time) == ("10.77.0.150", 3 * 3600)
    log.rename(folder / "log.1")
    os.kill(pid, signal.SIGUSR2)
    os.kill(pid, signal.SIGTERM)
    wait_for("the end", lambda: not os.path.exists(f"/proc/{pid}"))
    assert "exiting on receipt of SIGTERM" in log.read_text()
    assert not pid_file.exists()


def test_sigterm_removes_the_pid_file_and_says_so(lab):
    pid, pid_file = daemon_start(lab)
    os.kill(pid, signal.SIGTERM)
    wait_for("the daemon's end", lambda: not os.path.exists(f"/proc/{pid}"))
    assert not pid_file.exists()
    line = lab.log().splitlines()[-1]
    assert re.fullmatch(r"[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d dnsmasq\[" + str(pid)
                        + r"\]: exiting on receipt of SIGTERM", line), line


def test_it_does_not_run_as_root(lab):
    pid, _ = daemon_start(lab)
    status = dict(line.split(":\t", 1) for line in
                  open(f"/proc/{pid}/status").read().splitlines() if ":\t" in line)
    assert set(status["Uid"].split()) != {"0"}
    assert "0" not in status["Uid"].split()
    allowed = {10, 12, 13}  # NET_BIND_SERVICE, NET_ADMIN, NET_RAW
    held = int(status["CapEff"], 16)
    assert {bit for bit in range(64) if held >> bit & 1} <= allowed


@pytest.mark.parametrize("lines, user, group", [
    ("", "nobody", "dip"), ("user=daemon", "daemon", "dip"), ("user=", "root", "dip"),
    ("user", "root", "dip"), ("group=", "nobody", "root"), ("group", "nobody", "root"),
    ("user=daemon\ngroup=mail", "daemon", "mail"), ("user=root\ngroup=", "root", "root")])
def test_user_and_group_mean_what_they_mean_to_dnsmasq(lab, lines, user, group):
    lab.start(RANGE + lines + "\n")
    status = open(f"/proc/{lab.server.pid}/status").read()
    uid, gid = pwd.getpwnam(user).pw_uid, grp.getgrnam(group).gr_gid
    assert re.search(r"^Uid:\t" + f"{uid}\t{uid}\t{uid}\t{uid}$", status, re.M), status
    assert re.search(r"^Gid:\t" + f"{gid}\t{gid}\t{gid}\t{gid}$", status, re.M), status


def test_an_empty_pid_file_option_means_none(lab):
    lab.start(RANGE)
    assert sorted(p.name for p in lab.dir.iterdir() if "pid" in p.name) == []


def test_in_the_foreground_sigterm_is_exit_0(lab):
    lab.start(RANGE)
    assert lab.stop() == 0
    assert lab.log_lines()[-1] == ": exiting on receipt of SIGTERM"


def test_sigint_ends_a_server_that_is_no_daemon(lab):
    lab.start(RANGE, "--no-daemon")
    lab.server.send_signal(signal.SIGINT)
    assert lab.server.wait(timeout=5) == 5


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2, signal.SIGALRM,
                                    signal.SIGPIPE, signal.SIGCHLD])
def test_a_signal_does_not_end_a_server_that_serves_or_starts(lab, client, number):
    lab.conf_write(RANGE)
    with open(lab.log_file, "ab") as log:
        lab.server = subprocess.Popen(
            lab.server_command("-k", "--pid-file=", "--log-facility=-", "-C", lab.dir / "conf"),
            stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    lab.processes.append(lab.server)
    name = os.path.basename(SERVER)[:15]
    wait_for("the program", lambda: open(f"/proc/{lab.server.pid}/comm").read().strip() == name)
    if not server_is_dnsmasq():
        wait_for("main()", lambda: blocked(lab.server.pid))
    for _ in range(50):
        lab.server.send_signal(number)
    lab.wait_log("started, version")
    lab.server.send_signal(number)
    assert client.lease().yiaddr.startswith("10.77.0.1")
    assert lab.stop() == 0


def blocked(pid):
    return int(re.search(r"^SigBlk:\t(\w+)$", open(f"/proc/{pid}/status").read(), re.M)[1], 16)


def test_sigusr2_opens_the_log_again(lab):
    pid, _ = daemon_start(lab)
    lab.log_file.rename(lab.log_file.with_suffix(".1"))
    os.kill(pid, signal.SIGUSR2)
    wait_for("a new log file", lab.log_file.exists, 3)
    os.kill(pid, signal.SIGTERM)
    lab.wait_log("exiting on receipt of SIGTERM")
