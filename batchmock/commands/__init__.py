"""The subcommands of `python -m batchmock`, one module each."""

from __future__ import annotations

from argparse import ArgumentParser, RawDescriptionHelpFormatter
from textwrap import fill
from typing import TYPE_CHECKING, Any, Final

from batchmock.commands import check, learn, serve

if TYPE_CHECKING:
    from argparse import _SubParsersAction

#: The width of descriptions, in columns.
WIDTH: Final = 79

#: Each has `NAME`, `SUMMARY`, `EXAMPLES`, `add_arguments(parser)` and `run(arguments)`, which returns the exit
#: code.
COMMANDS: Final[tuple[Any, ...]] = (check, learn, serve)


def add_commands(subparsers: _SubParsersAction[ArgumentParser]) -> None:
    """Add the subcommands to the parser of `python -m batchmock`."""
    for command in COMMANDS:
        description = command.__doc__.split("\n\n", 1)[1]
        parser = subparsers.add_parser(
            command.NAME,
            help=command.SUMMARY,
            description="\n\n".join(fill(part, WIDTH) for part in description.split("\n\n")),
            formatter_class=RawDescriptionHelpFormatter,
            epilog="\n".join(["examples:", *(f"  {example}" for example in command.EXAMPLES)]),
        )
        parser.set_defaults(run=command.run)
        command.add_arguments(parser)
