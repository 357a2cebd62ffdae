"""
What batchmock costs: `python benchmarks`, or `python benchmarks calls lifecycle` for some sections.

Each section is a module beside this one, whose docstring says what it measures and against what.
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

#: Each with its module. The last imports moto, which registers handlers of its own with botocore.
SECTIONS = {
    "calls": "calls",
    "lifecycle": "lifecycle",
    "lines": "lines",
    "arrays": "arrays",
    "scheduling": "scheduling",
    "memory": "memory",
    "keeping": "keeping",
    "start": "start",
    "moto": "beside_moto",
}
PACKAGES = ("batchmock", "botocore", "boto3", "jsonschema-rs", "pytest", "moto")


def version_of(package: str) -> str:
    """Give the version of a package, or say that it is not there."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def print_head(effort: Effort) -> None:
    """Print what was measured, and on what."""
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} processors")
    print(", ".join(f"{package} {version_of(package)}" for package in PACKAGES))
    print("Ratios in one run, medians of several rounds in turns, GC off in timed parts")
    if effort.quick:
        print(f"Quick: sizes divided by {QUICK_DIVISOR}; these figures say nothing")
    print(flush=True)


def asked_for() -> tuple[list[str], Effort]:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python benchmarks", description="What batchmock costs.")
    parser.add_argument(
        "sections", nargs="*", metavar="section", help=f"of {', '.join(SECTIONS)}; all by default"
    )
    parser.add_argument(
        "--rounds", type=int, help="of every measurement, instead of what suits each"
    )
    parser.add_argument(
        "--quick", action="store_true", help=f"small sizes and {QUICK_ROUNDS} rounds: does it run?"
    )
    given = parser.parse_args()
    unknown = sorted(set(given.sections) - set(SECTIONS))
    if unknown:
        parser.error(f"no section {', '.join(unknown)}; there are {', '.join(SECTIONS)}")
    return given.sections or list(SECTIONS), Effort(given.rounds, given.quick)


def main() -> None:
    """Measure and print what was asked for."""
    sections, effort = asked_for()
    # Thousands of polls on a still clock are the point here.
    warnings.simplefilter("ignore", BatchMockWarning)
    print_head(effort)
    for section in sections:
        import_module(SECTIONS[section]).run(effort)


if __name__ == "__main__":
    main()
