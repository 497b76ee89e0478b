# SPDX-License-Identifier: ISC
"""Run as root: /usr/bin/python3 -m pytest tests/embedders"""

import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "net")]

from fixtures import *  # noqa: F403
