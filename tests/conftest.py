# SPDX-License-Identifier: ISC
"""What tests tell beside passed and failed: a count, a table."""

import pytest


@pytest.fixture
def tell(record_property):
    """Tells a text at the end of the run, from whichever process the test ran in."""
    return lambda text: record_property("told", text)


def pytest_terminal_summary(terminalreporter):
    for reports in list(terminalreporter.stats.values()):
        for report in reports:
            if getattr(report, "when", None) != "call":
                continue
            for name, text in report.user_properties:
                if name == "told":
                    terminalreporter.write_line(text)
