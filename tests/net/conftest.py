# SPDX-License-Identifier: ISC
"""Run as root: /usr/bin/python3 -m pytest tests/net"""

import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "embedders")]

from fixtures import *  # noqa: F403
