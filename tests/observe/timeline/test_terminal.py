from __future__ import annotations

import io
import sys
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
    """A file or a pipe receives plain text, of the given width."""
    submit()
    batch_mock.run()
    batch_mock.timeline().show(width=70)
    assert capsys.readouterr().out == f"{batch_mock.timeline().text(70)}\n"


def test_plain_without_rich(
    submit: Submit, batch_mock: BatchMock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without `rich`, a terminal receives plain text of its own width."""
    monkeypatch.setitem(sys.modules, "rich", None)
    monkeypatch.setenv("COLUMNS", "90")
    submit()
    batch_mock.run()
    terminal = Terminal()
    batch_mock.timeline().show(terminal)
    assert terminal.getvalue() == f"{batch_mock.timeline().text(90)}\n"


def test_coloured_with_rich(
    submit: Submit, batch_mock: BatchMock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With `rich`, the same text is coloured: SUCCEEDED green, FAILED red."""
    pytest.importorskip("rich")
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    batch_mock.script("bad", fail())
    submit("good")
    submit("bad")
    batch_mock.run()
    terminal = Terminal()
    batch_mock.timeline().show(terminal, width=80)
    coloured = terminal.getvalue()
    assert "\x1b[1;32m  SUCCEEDED" in coloured
    assert "\x1b[1;31m  FAILED" in coloured
    from rich.text import Text

    assert coloured.endswith("\n")
    assert Text.from_ansi(coloured).plain.rstrip("\n") == batch_mock.timeline().text(80)
