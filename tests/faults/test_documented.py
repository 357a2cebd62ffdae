from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError

import batchmock
from batchmock import BatchMock, ProgramKilled, faults

from ..builders import submit
from .conftest import MakeClient

PAGE = Path(__file__).parent.parent.parent / "docs" / "reference" / "faults.md"


def rows() -> list[list[str]]:
    """Return the rows of the table of faults, without its header."""
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line[:1] == "|"]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def seen_by(client: Any) -> tuple[str, str]:
    """Return the client's exception for a fault injected into SubmitJob, and the HTTP status."""
    try:
        submit(client)
    except ClientError as error:
        code, message = error.response["Error"]["Code"], error.response["Error"]["Message"]
        return f"`{code}`: `{message}`", str(error.response["ResponseMetadata"]["HTTPStatusCode"])
    except (BotoCoreError, ProgramKilled) as error:
        return f"`{type(error).__name__}`", ""
    return "the usual reply, late", "200"


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0])
def test_table_of_faults(batch_mock: BatchMock, make_client: MakeClient, row: list[str]) -> None:
    """The page describes each fault as a client sees it in every retry mode."""
    text, sees, status, done, tried_again = row
    fault = eval(text.strip("`"), vars(faults))
    batch_mock.inject("SubmitJob", fault)
    assert seen_by(make_client(tries=1)) == (sees, status)
    assert len(batch_mock.jobs) == (done == "yes")
    for mode in ("legacy", "standard", "adaptive"):
        before = len(batch_mock.calls)
        batch_mock.inject("SubmitJob", fault)
        try:
            submit(make_client(mode))
        except (ClientError, ProgramKilled):
            assert tried_again == "no"
        assert len(batch_mock.calls) - before == (2 if tried_again == "yes" else 1)


def test_every_fault_is_in_the_table() -> None:
    """The table contains every fault that can be imported."""
    makers = {
        name
        for name in batchmock.__all__
        if getattr(getattr(batchmock, name), "__module__", "") == "batchmock.faults"
        and name.islower()
    }
    assert len(makers) == 9
    assert makers == {re.sub(r"\W.*", "", row[0].strip("`")) for row in rows()}
