"""docs/reference/refusals.md: its tables match the code, and each refusal has a reason."""

from __future__ import annotations

import re

import pytest

from .documentation import DOCS, script

REFUSALS = script("generate_refusals")
PAGE = (DOCS / "reference" / "refusals.md").read_text(encoding="utf-8")
REASONS = re.compile(
    r"(?i)\b(captured|documented|service model|CloudFormation|by analogy|assumed|"
    r"no job queue|the rows for)\b"
)


def test_tables_are_up_to_date() -> None:
    """The page matches its generator's output."""
    assert REFUSALS.generated(PAGE) == PAGE, "run python docs/generate_refusals.py"


@pytest.mark.parametrize("kind", ["member_rows", "rule_rows", "state_rows"])
def test_each_refusal_has_a_reason(kind: str) -> None:
    """Each row has evidence for its refusal."""
    rows = list(getattr(REFUSALS, kind)())
    assert len(rows) > 60
    assert [row for row in rows if not REASONS.search(row[-1])] == []


def test_few_refusals_are_assumed() -> None:
    """An assumed refusal of a value needs its own reason, and there are few of them."""
    assumed = [row[0] for row in REFUSALS.member_rows() if row[-1].startswith("assumed")]
    assert assumed == [
        "`ConsumableResourceRequirement.quantity`",
        "`ServiceJobTimeout.attemptDurationSeconds`",
    ]
