# SPDX-License-Identifier: ISC
"""conf-script: options out of what a command prints, at the start, by --test and at a reload."""

import subprocess

import pytest

from dns_net import word
from lab import wait_for


@pytest.fixture
def script(net):
    """A script that prints what the file beside it has."""
    path = net.lab.dir / "script"
    path.write_text(f"#!/bin/sh\necho ran >> {net.lab.dir}/runs\ncat {net.lab.dir}/lines\n")
    path.chmod(0o755)
    return path


def says(net, *lines):
    (net.lab.dir / "lines").write_text("".join(f"{line}\n" for line in lines))


def run(net, *conf, test=True):
    path = net.lab.dir / "other"
    path.write_text("\n".join(conf) + "\n")
    return net.lab.server_run(*(["--test"] if test else ["-d"]), "-C", path)


def test_what_a_command_prints_is_configuration(net, script):
    says(net, "host-record=box.lan,192.0.2.7", "# a comment", "local=/lan/")
    net.start(f"conf-script={script}")
    assert net.asker.addresses("box.lan") == ["192.0.2.7"]


def test_it_is_a_command_of_the_shell(net, script):
    net.start("conf-script=for i in 1 2; do echo host-record=h$i.lan,192.0.2.$i; done")
    assert net.asker.addresses("h2.lan") == ["192.0.2.2"]


@pytest.mark.parametrize("command, code, told", [
    ("echo bogus=1", 1, "output from echo bogus=1"),
    ("printf 'port=53\\nport=54\\n'", 1, "output from printf"),
    ("/bin/false", 10, "/bin/false returns non-zero error code"),
    ("exit 3", 10, "exit 3 returns non-zero error code"),
    ("kill -9 $$", 19, "kill -9 $$ returns non-zero error code"),
    ("echo conf-file=/nonexistent", 3, "cannot read /nonexistent"),
    ("echo port=5300", 0, "syntax check OK"),
    ("", 0, "syntax check OK"),
])
def test_a_command_that_fails_or_prints_nonsense_is_an_error_by_its_name(net, command, code, told):
    done = run(net, f"conf-script={command}")
    assert (done.returncode, told in done.stderr) == (code, True), done.stderr


@pytest.mark.lanlord_only("it names no line")
def test_a_mistake_is_told_with_the_command_and_the_line_of_its_output(net, script):
    says(net, "port=5300", "# fine", "bogus=1")
    assert f"output from {script}:3: unknown option" in run(net, f"conf-script={script}").stderr


@pytest.mark.lanlord_only("it has no reload")
def test_a_reload_runs_the_command_again_and_once(net, script):
    says(net, "host-record=box.lan,192.0.2.7")
    net.start(f"conf-script={script}")
    says(net, "host-record=box.lan,192.0.2.8")
    before = (net.lab.dir / "runs").read_text().count("ran")
    done = word(net.lab, "reload", "--pid", net.lab.server.pid)
    assert done.returncode == 0, done
    assert net.asker.addresses("box.lan") == ["192.0.2.8"]
    assert (net.lab.dir / "runs").read_text().count("ran") == before + 1


@pytest.mark.lanlord_only("it has no reload")
def test_a_reload_with_a_command_that_fails_leaves_the_configuration_before(net, script):
    says(net, "host-record=box.lan,192.0.2.7")
    net.start(f"conf-script={script}")
    script.write_text("#!/bin/sh\nexit 1\n")
    done = word(net.lab, "reload", "--pid", net.lab.server.pid)
    assert done.returncode != 0
    assert "returns non-zero error code" in done.stderr
    assert net.asker.addresses("box.lan") == ["192.0.2.7"]


@pytest.mark.lanlord_only("it has no reload")
def test_a_command_that_was_not_there_at_the_start_is_not_run_by_a_reload(net, script):
    mark = net.lab.dir / "mark"
    says(net, "host-record=box.lan,192.0.2.7")
    net.start(f"conf-script={script}")
    net.conf(f"conf-script={script}\nconf-script=touch {mark}")
    done = word(net.lab, "reload", "--pid", net.lab.server.pid)
    assert done.returncode != 0
    assert "a running server starts no command that was not there at its start" in done.stderr
    assert not mark.exists()
    assert net.asker.addresses("box.lan") == ["192.0.2.7"]


@pytest.mark.lanlord_only("it has no processes beside it")
def test_the_process_that_runs_commands_is_there_for_them_alone_and_ends_with_the_server(net, script):
    def names():
        pids = subprocess.run(["ip", "netns", "pids", net.lab.namespace], capture_output=True,
                              text=True, check=True).stdout.split()
        return [open(f"/proc/{pid}/comm", encoding="ascii").read().strip() for pid in pids]

    net.start("")
    assert "lanlord-conf" not in names()
    net.lab.stop()
    says(net)
    net.start(f"conf-script={script}")
    assert names().count("lanlord-conf") == 1
    net.lab.kill()
    wait_for("the end of the runner", lambda: "lanlord-conf" not in names())
