# SPDX-License-Identifier: ISC
"""The server as a process: how it starts, what it says, and how it ends."""

import grp
import json
import os
import pwd
import re
import signal
import socket
import subprocess

import pytest

from lab import SERVER, SERVER_IP, inside, ip, server_is_dnsmasq, wait_for
from packets import ACK, DISCOVER, RELEASE, Client, Wire, option_ip

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


# --- what it says ---------------------------------------------------------------------------------

def test_the_start_is_logged_in_order(lab):
    lab.start(RANGE + f"enable-tftp\ntftp-root={lab.dir}\nbind-interfaces\n")
    lines = [line for line in lab.log_lines() if not line.startswith(": compile time options")]
    assert re.fullmatch(r": started, version \S+ DNS disabled", lines[0]), lines[0]
    assert [line.rstrip() for line in lines[1:4]] == [
        "dhcp: DHCP, IP range 10.77.0.100 -- 10.77.0.199, lease time 1h",
        "dhcp: DHCP, sockets bound exclusively to interface br0",
        f"tftp: TFTP root is {lab.dir}"]


def test_each_exchange_is_logged_in_the_words_of_dnsmasq(lab, wire):
    lab.start(RANGE)
    client = Client(wire, 1, options=[(12, b"printer")])
    address = client.lease().yiaddr
    client.send(RELEASE, [option_ip(54, SERVER_IP)], ciaddr=address)
    lab.wait_log("DHCPRELEASE")
    assert lab.log_lines()[-5:] == [
        f"dhcp: DHCPDISCOVER(br0) {client.mac} ",
        f"dhcp: DHCPOFFER(br0) {address} {client.mac} ",
        f"dhcp: DHCPREQUEST(br0) {address} {client.mac} ",
        f"dhcp: DHCPACK(br0) {address} {client.mac} printer",
        f"dhcp: DHCPRELEASE(br0) {address} {client.mac} "]


def test_log_dhcp_tells_every_step(lab, wire):
    lab.start(RANGE + "log-dhcp\ndhcp-match=set:ipxe,175\ndhcp-boot=tag:ipxe,boot.ipxe\n")
    client = Client(wire, 1, options=[(12, b"printer")])
    offer = client.discover([(60, b"PXEClient:Arch:00000"), (77, b"iPXE"), (175, b"\xeb\3\1\0\0")],
                            parameters=(1, 3))
    for last in (" 3 router  10.77.0.1", "28 broadcast  10.77.0.255"):
        lab.wait_log(f"{offer.xid} sent size:  4 option: {last}")
    prefix = f"dhcp: {offer.xid} "
    told = [line.removeprefix(prefix) for line in lab.log_lines() if line.startswith(prefix)]
    sent = [line for line in told if line.startswith("sent size")]
    assert told[:-len(sent)] == [
        "available DHCP range: 10.77.0.100 -- 10.77.0.199",
        "vendor class: PXEClient:Arch:00000",
        "user class: iPXE",
        "client provides name: printer",
        f"DHCPDISCOVER(br0) {client.mac} ",
        "tags: ipxe, br0",
        f"DHCPOFFER(br0) {offer.yiaddr} {client.mac} ",
        "requested options: 1:netmask, 3:router",
        "bootfile name: boot.ipxe",
        "next server: 10.77.0.1"]
    assert sorted(sent) == sorted([  # in the order of the packet, which differs
        "sent size:  1 option: 53 message-type  2",
        "sent size:  4 option: 54 server-identifier  10.77.0.1",
        "sent size:  4 option: 51 lease-time  1h",
        "sent size:  4 option: 58 T1  30m",
        "sent size:  4 option: 59 T2  52m30s",
        "sent size:  4 option:  1 netmask  255.255.255.0",
        "sent size:  4 option: 28 broadcast  10.77.0.255",
        "sent size:  4 option:  3 router  10.77.0.1"])


def test_quiet_dhcp_says_nothing_of_ordinary_exchanges(lab, client):
    lab.start(RANGE + "quiet-dhcp\n")
    client.lease()
    lab.stop()
    assert not any("DHCPACK" in line or "DHCPOFFER" in line for line in lab.log_lines())


@pytest.mark.lanlord_only("it has no JSON log")
def test_log_format_json_is_one_object_a_line(lab, client):
    lab.start(RANGE + "log-format=json\n")
    client.lease()
    lab.stop()
    for line in lab.log().splitlines():
        assert isinstance(json.loads(line), dict), line


# --- while it runs --------------------------------------------------------------------------------

@pytest.mark.lanlord_only("it writes no JSON")
def test_every_json_line_is_an_object_whatever_strangers_send(lab, client):
    host = lab.host(address="10.77.0.9/24")
    lab.start(RANGE + f"log-dhcp\nenable-tftp\ntftp-root={lab.dir}\nhttp-root={lab.dir}\n",
              "--log-format=json")
    odd = [b'"', b"\\", b"\x00x", b"\n{}", b"\x1b[2J", b"\xff\xfe", "gr\u00fc\u00df".encode(),
           b"\xed\xa0\x80", b"%s%n", b"a" * 255]
    for name in odd:
        client.discover([(12, name), (60, name), (77, name), (61, name[:200]), (81, b"\0\0\0" + name[:200])],
                        timeout=1)
        with inside(host.namespace), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as tftp:
            tftp.sendto(b"\0\1" + name + b"\0octet\0", (SERVER_IP, 69))
            tftp.sendto(b"\0\5\0\0" + name + b"\0", (SERVER_IP, 69))
        with inside(host.namespace), socket.create_connection((SERVER_IP, 80)) as http:
            http.sendall(b"GET /" + name.replace(b"\n", b"%0A").replace(b"\0", b"%00")
                         + b" HTTP/1.0\r\n\r\n")
            http.settimeout(3)
            http.recv(100)
    os.kill(lab.server.pid, signal.SIGUSR1)
    lab.stop()
    events = [json.loads(line) for line in lab.log().splitlines()]
    assert all(isinstance(e, dict) and "time" in e and "subsystem" in e for e in events)
    kinds = {e.get("event") for e in events}
    assert {"dhcp-discover", "dhcp-detail", "tftp-not-found", "http-not-found", None} <= kinds


@pytest.mark.lanlord_only("it writes no JSON")
def test_quiet_dhcp_and_quiet_tftp_hold_for_json_too(lab, client):
    host = lab.host(address="10.77.0.9/24")
    lab.start(RANGE + f"enable-tftp\ntftp-root={lab.dir}\nquiet-dhcp\nquiet-tftp\n",
              "--log-format=json")
    client.lease()
    client.reboot("10.78.0.5", timeout=1)               # refused, and with a reason
    assert fetch(host, f"tftp://{SERVER_IP}/missing") is None
    lab.stop()
    kinds = {json.loads(line).get("event") for line in lab.log().splitlines()}
    assert not {"dhcp-discover", "dhcp-offer", "dhcp-ack", "tftp-not-found"} & kinds, lab.log()
    assert "dhcp-nak" in kinds, lab.log()


def test_sighup_reads_the_hosts_and_options_files_again(lab, client):
    hosts, options = lab.dir / "hosts", lab.dir / "opts"
    hosts.write_text(f"{client.mac},10.77.0.42\n")
    options.write_text("option:mtu,1400\n")
    lab.start(RANGE + f"dhcp-hostsfile={hosts}\ndhcp-optsfile={options}\n")
    offer = client.discover(parameters=(26,))
    assert (offer.yiaddr, offer.option(26)) == ("10.77.0.42", b"\x05\x78")
    hosts.write_text(f"{client.mac},10.77.0.43\nthis line is wrong\n")
    options.write_text("option:mtu,1300\n")
    before = len(lab.log_lines())
    lab.server.send_signal(signal.SIGHUP)
    wait_for("both files read", lambda: {f"dhcp: read {hosts}", f"dhcp: read {options}"}
             <= set(lab.log_lines()[before:]))
    offer = client.discover(parameters=(26,))
    assert (offer.yiaddr, offer.option(26)) == ("10.77.0.43", b"\x05\x14")
    assert lab.server.poll() is None


def test_a_wrong_line_in_the_hosts_file_is_logged_and_skipped(lab, client):
    hosts = lab.dir / "hosts"
    hosts.write_text(f"# a comment\nthis line is wrong\n{client.mac},10.77.0.42\n")
    lab.start(RANGE + f"dhcp-hostsfile={hosts}\n")
    assert client.discover().yiaddr == "10.77.0.42"
    # dnsmasq says "at line N of FILE", lanlord "FILE:N: …".
    assert f"at line 2 of {hosts}" in lab.log() or f"{hosts}:2: " in lab.log()


def hup(lab):
    """SIGHUP, and the lines that it made."""
    before = len(lab.log_lines())
    os.kill(lab.server.pid, signal.SIGHUP)
    lab.wait_log("")
    wait_for("the files to be read", lambda: any(line.startswith("dhcp: read ") for line
                                                 in lab.log_lines()[before:]))
    return lab.log_lines()[before:]


@pytest.mark.lanlord_only("it stops at the first of these, or waits for ever")
def test_a_hosts_file_may_become_anything_and_the_rest_is_read(lab, client):
    """Programs write, replace and remove these files while they are read."""
    hosts, other = lab.dir / "hosts", lab.dir / "other"
    other.write_text(f"{client.mac},10.77.0.150\n")
    lab.start(RANGE + f"dhcp-hostsfile={hosts}\ndhcp-hostsfile={other}\n")

    def is_read(*complaints):
        lines = hup(lab)
        assert ("dhcp: read " + str(hosts) in lines) == (not complaints), lines
        assert f"dhcp: read {other}" in lines
        for complaint in complaints:
            assert any(complaint in line for line in lines), lines

    is_read("No such file or directory; it is read again on SIGHUP")
    hosts.write_text("02:00:00:00:00:01,10.77.0.151\n")
    is_read()
    (lab.dir / "new").write_text("02:00:00:00:00:01,10.77.0.152\n")
    (lab.dir / "new").rename(hosts)
    is_read()
    hosts.unlink()
    hosts.mkdir()
    (hosts / "one").write_text("02:00:00:00:00:01,10.77.0.151\n")
    (hosts / "sub").mkdir()
    is_read()
    (hosts / "gone").symlink_to("nowhere")
    is_read(f"cannot read {hosts}/gone: No such file or directory")
    (hosts / "gone").unlink()
    os.mkfifo(hosts / "pipe")
    is_read()                           # no file, and so not looked at
    for path in hosts.iterdir():
        path.rmdir() if path.is_dir() else path.unlink()
    hosts.rmdir()
    os.mkfifo(hosts)
    is_read("Operation not supported")
    hosts.unlink()
    hosts.symlink_to(hosts)
    is_read("Too many levels of symbolic links")
    assert client.lease().yiaddr == "10.77.0.150"


@pytest.mark.lanlord_only("it reads as its own user")
def test_a_folder_that_only_root_may_enter_is_read_whole(lab, client):
    folder = lab.dir / "hosts"
    folder.mkdir()
    (folder / "sub").mkdir()
    (folder / "one").write_text(f"{client.mac},10.77.0.150\n")
    folder.chmod(0o700)
    lab.start(RANGE + f"dhcp-hostsfile={folder}\n")
    assert client.lease().yiaddr == "10.77.0.150"
    assert "cannot read" not in lab.log()


def test_two_servers_on_two_bridges_share_a_host(lab):
    lab.bridge_add("br1", "10.78.0.1/24")
    first = lab.host()
    second = lab.host(bridge="br1")
    lab.start(RANGE + "bind-interfaces\nexcept-interface=lo\n")
    other_log = lab.dir / "log1"
    other_conf = lab.dir / "conf1"
    other_conf.write_text("port=0\ninterface=br1\nbind-interfaces\nexcept-interface=lo\nno-ping\n"
                          f"dhcp-leasefile={lab.dir}/leases1\n"
                          "dhcp-range=10.78.0.100,10.78.0.199,1h\n")
    lab.server_spawn(other_conf, other_log)
    one, two = Wire(first), Wire(second)
    assert Client(one, 1).lease().yiaddr.startswith("10.77.0.")
    two_client = Client(two, 2)
    offer = two_client.discover()
    assert offer.yiaddr.startswith("10.78.0.") and offer.server_id == "10.78.0.1"
    ack = two_client.request(offer.yiaddr, server="10.78.0.1")
    assert ack.type == ACK
    assert two_client.mac not in lab.log()
    assert "02:11:22:33:00:01" not in other_log.read_text()
    one.close()
    two.close()


def test_one_server_serves_two_interfaces_from_their_own_ranges(lab):
    lab.bridge_add("br1", "10.78.0.1/24")
    wires = [Wire(lab.host()), Wire(lab.host(bridge="br1"))]
    lab.start(RANGE + "interface=br1\ndhcp-range=10.78.0.100,10.78.0.199,2h\n")
    offers = [Client(wire, 1).discover() for wire in wires]
    assert [(o.yiaddr.rsplit(".", 1)[0], o.server_id, o.lease_time) for o in offers] == [
        ("10.77.0", SERVER_IP, 3600), ("10.78.0", "10.78.0.1", 7200)]
    for wire in wires:
        wire.close()


@pytest.mark.lanlord_only("it knows hardware addresses by ARP alone")
@pytest.mark.parametrize("at_start", [True, False], ids=["at-start", "by-reload"])
def test_the_lease_of_a_client_tells_whose_folder_tftp_serves(lab, at_start):
    host = lab.host()
    wire = Wire(host)
    client = Client(wire, 7)            # its hardware address is not the host's
    folder = lab.dir / client.mac.replace(":", "-")
    folder.mkdir()
    (folder / "name").write_bytes(b"yours")
    (lab.dir / "name").write_bytes(b"everybody's")
    text = RANGE + f"enable-tftp\ntftp-root={lab.dir}\ntftp-unique-root=mac\n"
    lab.start(text if at_start else RANGE)
    address = client.lease().yiaddr
    if not at_start:
        lab.conf_write(text)
        assert subprocess.run(lab.server_command("reload")).returncode == 0
    host.address_add(f"{address}/24")
    fetch = ("curl", "-s", "--max-time", "5", f"tftp://{SERVER_IP}/name")
    assert host.run(*fetch).stdout == b"yours"
    client.send(RELEASE, [option_ip(54, SERVER_IP)], ciaddr=address)
    wait_for("the lease's end", lambda: not lab.leases())
    assert host.run(*fetch).stdout == b"everybody's"
    wire.close()


def test_no_dhcp_interface_is_not_served(lab):
    lab.bridge_add("br1", "10.78.0.1/24")
    quiet, served = Wire(lab.host(bridge="br1")), Wire(lab.host())
    lab.start(RANGE + "interface=br1\nno-dhcp-interface=br1\n"
              "dhcp-range=10.78.0.100,10.78.0.199,2h\n")
    xid = Client(quiet, 1).send(DISCOVER)
    assert Client(served, 2).lease().yiaddr.startswith("10.77.0.")
    assert quiet.receive(xid, timeout=0.05) is None
    assert "02:11:22:33:00:01" not in lab.log()
    quiet.close()
    served.close()


def fetch(host, url):
    done = host.run("curl", "-s", "--max-time", "3", "--globoff", url)
    return done.stdout if done.returncode == 0 else None


@pytest.mark.lanlord_only("its HTTP")
@pytest.mark.parametrize("bind", ["bind-dynamic", "bind-interfaces", ""])
def test_both_families_are_served(lab, bind):
    (lab.dir / "name").write_bytes(b"here")
    ip("addr add fd00:77::1/64 dev br0 nodad", namespace=lab.namespace)
    host = lab.host(address="10.77.0.50/24")
    ip("addr add fd00:77::50/64 dev eth0 nodad", namespace=host.namespace)
    lab.start(f"{bind}\nenable-tftp\ntftp-root={lab.dir}\nhttp-root={lab.dir}\n")
    for address in ("10.77.0.1", "[fd00:77::1]"):
        for scheme in ("tftp", "http"):
            assert fetch(host, f"{scheme}://{address}/name") == b"here", (scheme, address)
    wait_for("two lines", lambda: lab.log().count(" to fd00:77::50") == 2)


@pytest.mark.lanlord_only("its HTTP")
@pytest.mark.parametrize("bind", ["bind-dynamic", "bind-interfaces", ""])
def test_an_interface_that_goes_and_comes_back_is_served_again(lab, bind):
    (lab.dir / "name").write_bytes(b"here")
    lab.bridge_add("br1", "10.78.0.1/24")
    lab.start(RANGE + f"{bind}\ninterface=br1\ndhcp-range=10.78.0.100,10.78.0.199,1h\n"
              f"enable-tftp\ntftp-root={lab.dir}\nhttp-root={lab.dir}\n")
    for _ in range(2):
        host = lab.host(bridge="br1", address="10.78.0.50/24")
        wire = Wire(host)
        assert wait_for("an offer", lambda: Client(wire, 1).discover(timeout=0.3))
        for url in ("tftp://10.78.0.1/name", "http://10.78.0.1/name"):
            assert wait_for(url, lambda: fetch(host, url)) == b"here"
        wire.close()
        ip("link del br1", namespace=lab.namespace)
        lab.bridge_add("br1", "10.78.0.1/24")
    assert "failed to" not in lab.log()


def test_an_interface_that_appears_later_is_served_with_bind_dynamic(lab):
    lab.start(RANGE + "bind-dynamic\ninterface=br1\ndhcp-range=10.78.0.100,10.78.0.199,2h\n")
    lab.bridge_add("br1", "10.78.0.1/24")
    wire = Wire(lab.host(bridge="br1"))

    # The notice of the kernel and the packet race, so the client asks more than once, as clients do.
    offer = wait_for("an offer", lambda: Client(wire, 1).discover(timeout=0.3))
    assert offer.yiaddr.startswith("10.78.0.")
    wire.close()
