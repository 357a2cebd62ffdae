"""
Measure the cost of batchmock: `python benchmarks`, or `python benchmarks calls lifecycle` for some sections.

Each section is a module in this folder. Its docstring describes what it measures, and the floor.
"""

from __future__ import annotations

import argparse
import os
import sys
import warnings
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version

from measure import QUICK_DIVISOR, QUICK_ROUNDS, Effort

from batchmock import BatchMockWarning

#: Sections and their modules. moto is last, because importing it registers handlers with botocore.
SECTIONS = {
    "calls": "calls",
    "lifecycle": "lifecycle",
    "lines": "lines",
    "arrays": "arrays",
    "scheduling": "scheduling",
    "hosts": "hosts",
    "memory": "memory",
    "keeping": "keeping",
    "events": "events",
    "pages": "pages",
    "start": "start",
    "entering": "entering",
    "fixture": "fixture",
    "explore": "explore",
    "moto": "beside_moto",
}
PACKAGES = ("batchmock", "botocore", "boto3", "jsonschema-rs", "pytest", "moto")


def version_of(package: str) -> str:
    """Return the version of a package, or `not installed`."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def print_head(effort: Effort) -> None:
    """Print the versions and how the measurements are made."""
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} processors")
    print(", ".join(f"{package} {version_of(package)}" for package in PACKAGES))
    print("Ratios within one run, medians of alternating rounds, GC off in timed parts")
    if effort.quick:
        print(f"Quick: sizes divided by {QUICK_DIVISOR}; these figures mean nothing")
    print(flush=True)


def asked_for() -> tuple[list[str], Effort]:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        prog="python benchmarks", description="Measure the cost of batchmock."
    )
    parser.add_argument(
        "sections", nargs="*", metavar="section", help=f"one of {', '.join(SECTIONS)}; default: all"
    )
    parser.add_argument(
        "--rounds", type=int, help="rounds of every measurement, instead of its own number"
    )
    parser.add_argument(
        "--quick",
        action="store_true",
        help=f"small sizes and {QUICK_ROUNDS} rounds, to check that it runs",
    )
    given = parser.parse_args()
    unknown = sorted(set(given.sections) - set(SECTIONS))
    if unknown:
        parser.error(f"no section {', '.join(unknown)}; there are {', '.join(SECTIONS)}")
    return given.sections or list(SECTIONS), Effort(given.rounds, given.quick)


def main() -> None:
    """Run the selected sections."""
    sections, effort = asked_for()
    # The benchmarks poll thousands of times while the clock stands still.
    warnings.simplefilter("ignore", BatchMockWarning)
    print_head(effort)
    for section in sections:
        import_module(SECTIONS[section]).run(effort)


if __name__ == "__main__":
    main()
