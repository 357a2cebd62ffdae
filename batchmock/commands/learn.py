"""
`python -m batchmock learn`: learn outcomes for scripts from production.

Read `aws batch describe-jobs` output, or events of AWS Batch from an EventBridge archive, and print a Python
module with the durations of attempts and each distinct failure with its original text. Names, accounts and
ids are replaced, so that the module can be committed. Equal dumps give equal modules.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from typing import Final

from batchmock.errors import BatchMockError
from batchmock.learning import learn

NAME: Final = "learn"
EXAMPLES: Final = (
    "aws batch describe-jobs --jobs $IDS > dump.json",
    "python -m batchmock learn dump.json > tests/outcomes.py",
)
SUMMARY: Final = "turn a dump of jobs into outcomes for scripts"


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument("file", metavar="FILE", help="JSON, one document or several")
    parser.add_argument(
        "--keep-names", action="store_true", help="keep the names of job definitions"
    )


def run(arguments: Namespace) -> int:
    """Print the module, and return the exit code."""
    try:
        print(learn(arguments.file, keep_names=arguments.keep_names), end="")
    except BatchMockError as error:
        print(error, file=sys.stderr)
        return 2
    return 0
