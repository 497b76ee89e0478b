# SPDX-License-Identifier: ISC
"""Installing is tested on an overlay: the machine's own dnsmasq is what other tests measure by."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "net"))

from machine import Machine


@pytest.fixture
def machine():
    machine = Machine()
    yield machine
    machine.close()
