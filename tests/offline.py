"""A process without credentials or network."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any

import boto3
import botocore.utils
import pytest


def refuse(*_: Any, **__: Any) -> None:
    """Replace a function that would open a connection."""
    raise AssertionError("something reached for the network")


def go_offline(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Remove credentials, settings, sockets and the instance metadata service."""
    for name in list(os.environ):
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(folder / "no-config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(folder / "no-credentials"))
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(
        botocore.utils.InstanceMetadataFetcher, "retrieve_iam_role_credentials", refuse
    )
