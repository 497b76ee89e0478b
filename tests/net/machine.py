# SPDX-License-Identifier: ISC
"""A machine that a test may change: this one's files, with what is written gone at the end."""

import pathlib
import shutil
import subprocess
import tempfile

import pytest

import lab

COPIED = ["/usr", "/etc", "/var/lib"]


class Machine:
    """A mount namespace in which the folders of COPIED are overlays and /run is empty."""

    def __init__(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="llmachine-"))
        holder = [*lab.unshare("--mount"), "--propagation", "private", "sh", "-c",
                  "echo there; exec sleep 1000000"]
        self.holder = subprocess.Popen(holder, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
        self.holder.stdout.readline()
        # The layers lie in memory: what holds the machine's own files may be an overlay itself.
        self.must("mount", "-t", "tmpfs", "layers", self.dir)
        self.must("mount", "-t", "tmpfs", "run", "/run")
        for folder in COPIED:
            self.overlay(folder)

    def overlay(self, folder):
        upper, work = (self.dir / f"{kind}{folder.replace('/', '-')}" for kind in ("new", "work"))
        self.must("mkdir", upper, work)
        done = self.run("mount", "-t", "overlay", "overlay", "-o",
                        f"lowerdir={folder},upperdir={upper},workdir={work}", folder)
        if done.returncode != 0:
            self.close()
            pytest.skip(f"no overlay on {folder} here: {done.stderr.strip()}")

    def command(self, *command):
        # Its root too: in a chroot that is not the root of the namespace.
        return ["nsenter", f"--target={self.holder.pid}", "--mount", "--root", "--wd",
                *map(str, command)]

    def run(self, *command, **more):
        return subprocess.run(self.command(*command), capture_output=True, text=True, timeout=120,
                              stdin=subprocess.DEVNULL, **more)

    def must(self, *command, **more):
        """Runs a command that has to succeed; returns what it printed."""
        done = self.run(*command, **more)
        assert done.returncode == 0, f"{command}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout

    def make(self, *words, check=True, **variables):
        """make here, with what was built beside the program under test."""
        run = self.must if check else self.run
        return run("make", "--no-print-directory", "-C", lab.ROOT, *words,
                   f"BUILD={pathlib.Path(lab.SERVER).parent}",
                   *(f"{name}={value}" for name, value in variables.items()))

    def close(self):
        self.holder.kill()
        self.holder.wait()
        shutil.rmtree(self.dir)
