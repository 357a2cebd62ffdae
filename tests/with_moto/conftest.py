"""Run every test in this folder without credentials or network."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..offline import go_offline


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Remove credentials and settings, and block sockets and the instance metadata service."""
    go_offline(monkeypatch, tmp_path)
