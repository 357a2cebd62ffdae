from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

import pytest

from batchmock.commands import COMMANDS, add_commands
from batchmock.loading.findings import RULES


def help_of(name: str, capsys: pytest.CaptureFixture[str]) -> str:
    """Return what `--help` of a command prints."""
    parser = ArgumentParser("python -m batchmock")
    add_commands(parser.add_subparsers())
    with pytest.raises(SystemExit) as caught:
        parser.parse_args([name, "--help"])
    assert caught.value.code == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.NAME)
def test_a_person_can_use_it(command: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """Each command explains itself in lines of a terminal's width, and ends with examples."""
    text = help_of(command.NAME, capsys)
    description, _, examples = text.partition("\nexamples:\n")
    assert max(map(len, description.splitlines())) <= 80
    assert examples.splitlines() == [f"  {example}" for example in command.EXAMPLES]


def test_rules(capsys: pytest.CaptureFixture[str]) -> None:
    """The help of `check` has every rule, and how to waive one."""
    text = help_of("check", capsys)
    assert [rule for rule in RULES if f"\n  {rule}\n" in text] == list(RULES)
    assert "batchmock:waive" in text


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.NAME)
def test_examples_are_accepted(command: Any) -> None:
    """The examples of a command can be parsed."""
    parser = ArgumentParser()
    add_commands(parser.add_subparsers())
    for example in command.EXAMPLES:
        words = example.partition(" > ")[0].split()
        if words[:3] == ["python", "-m", "batchmock"]:
            assert parser.parse_args(words[3:]).run is command.run
