from __future__ import annotations

import io
import os
import re
from collections.abc import Callable

import pytest

from batchmock import BatchMock, fail

Submit = Callable[..., str]


class Terminal(io.StringIO):
    """A terminal to write to."""

    def isatty(self) -> bool:
        """Return True."""
        return True


def test_plain_where_it_is_no_terminal(
    submit: Submit, batch_mock: BatchMock, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file or a pipe receives plain text of the given width."""
    submit()
    batch_mock.run()
    batch_mock.timeline().show(width=70)
    assert capsys.readouterr().out == f"{batch_mock.timeline().text(70)}\n"


@pytest.mark.parametrize(
    ("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")], ids=["NO_COLOR", "dumb"]
)
def test_plain_terminal(
    submit: Submit,
    batch_mock: BatchMock,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    value: str,
) -> None:
    """A terminal without colours receives plain text of its own width."""
    monkeypatch.setenv(name, value)
    monkeypatch.setenv("COLUMNS", "90")
    submit()
    batch_mock.run()
    terminal = Terminal()
    batch_mock.timeline().show(terminal)
    assert terminal.getvalue() == f"{batch_mock.timeline().text(90)}\n"


def test_coloured(submit: Submit, batch_mock: BatchMock, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal, the same text is coloured: SUCCEEDED green, FAILED red."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setattr(os, "name", "posix")
    batch_mock.script("bad", fail())
    submit("good")
    submit("bad")
    batch_mock.run()
    terminal = Terminal()
    batch_mock.timeline().show(terminal, width=80)
    shown = terminal.getvalue()
    assert "\x1b[1;32m  SUCCEEDED" in shown
    assert "\x1b[1;31m  FAILED" in shown
    assert re.sub("\x1b\\[[0-9;]*m", "", shown) == f"{batch_mock.timeline().text(80)}\n"


def test_rich(submit: Submit, batch_mock: BatchMock) -> None:
    """`rich.print` draws the timeline to the width of its console, followed by a newline."""
    pytest.importorskip("rich")
    from rich.console import Console

    batch_mock.script("bad", fail())
    submit("bad")
    batch_mock.run()
    terminal = Terminal()
    console = Console(file=terminal, width=80, force_terminal=True, color_system="standard")
    console.print(batch_mock.timeline())
    shown = terminal.getvalue()
    assert "\x1b[1;31m  FAILED" in shown
    assert re.sub("\x1b\\[[0-9;]*m", "", shown) == f"{batch_mock.timeline().text(80)}\n"
