"""Run async tests without credentials or network."""

from __future__ import annotations

import asyncio
import inspect
from pathlib import Path

import pytest

from ..offline import go_offline, refuse


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Remove credentials and settings, and block sockets and the instance metadata service."""
    go_offline(monkeypatch, tmp_path)
    utils = pytest.importorskip("aiobotocore.utils")
    monkeypatch.setattr(utils.AioInstanceMetadataFetcher, "retrieve_iam_role_credentials", refuse)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> None:
    """Run an async test in a new event loop, without a plugin."""
    if inspect.iscoroutinefunction(pyfuncitem.obj):
        test = pyfuncitem.obj
        pyfuncitem.obj = lambda **fixtures: asyncio.run(test(**fixtures))
