"""
`python -m batchmock check`: find mistakes in infrastructure that AWS Batch accepts.

Load CloudFormation, SAM and CDK templates, `terraform show -json` or `aws batch describe-*` output, and
report mistakes in the job definitions. The exit code is 0 without findings, 1 with findings, and 2 if a file
cannot be loaded.

A template waives a rule in the Metadata of a resource (batchmock: {waive: [no-timeout]}), and any file in the
tag batchmock:waive of a job definition.
"""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, Namespace
from textwrap import indent, wrap
from typing import Final
from warnings import simplefilter

from batchmock.commands.arguments import load_files, parameter
from batchmock.errors import BatchMockError, BatchMockWarning
from batchmock.loading.findings import RULES, CheckFinding
from batchmock.mock import BatchMock
from batchmock.options import make_options

NAME: Final = "check"
SUMMARY: Final = "report mistakes in templates"
EXAMPLES: Final = (
    "python -m batchmock check cdk.out/Nightly.template.json --parameter Vpc=vpc-1",
    "python -m batchmock check --json --waive no-timeout:Report template.yaml",
)
_DAY: Final = 86_400


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of this command."""
    rules = (
        f"  {rule}\n" + indent("\n".join(wrap(text, 70)), "      ")
        for rule, (text, _) in RULES.items()
    )
    parser.epilog = "\n".join(["rules:", *rules, "", parser.epilog or ""]).rstrip()
    parser.add_argument("files", nargs="+", metavar="FILE", help="loaded one after another")
    parser.add_argument(
        "--parameter",
        action="append",
        default=[],
        type=parameter,
        metavar="NAME=VALUE",
        help="the value of a parameter, for each template that has it; can be repeated",
    )
    parser.add_argument(
        "--waive",
        action="append",
        default=[],
        metavar="RULE[:RESOURCE]",
        help="leave out the findings of a rule, or those about one resource; can be repeated",
    )
    parser.add_argument(
        "--longest",
        type=float,
        default=14,
        metavar="DAYS",
        help="how long all attempts of a job may take together (default: %(default)s)",
    )
    parser.add_argument("--region", default="us-east-1", help="default: %(default)s")
    parser.add_argument(
        "--json", action="store_true", help="print the findings as JSON, for other programs"
    )


def run(arguments: Namespace) -> int:
    """Check the files, print the findings, and return the exit code."""
    try:
        findings = _findings(arguments)
    except BatchMockError as error:
        print(error, file=sys.stderr)
        return 2
    if arguments.json:
        print(json.dumps([finding._asdict() for finding in findings], indent=2))
    else:
        for finding in findings:
            print(finding)
    return 1 if findings else 0


def _findings(arguments: Namespace) -> list[CheckFinding]:
    # Findings report what the simulation warns of.
    simplefilter("ignore", BatchMockWarning)
    mock = BatchMock(make_options({"region": arguments.region}))
    loaded = load_files(mock, arguments.files, dict(arguments.parameter))
    checked = [one.check(waive=arguments.waive, longest=arguments.longest * _DAY) for one in loaded]
    return [finding for findings in checked for finding in findings]
