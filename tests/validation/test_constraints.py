"""Every entry of constraints.json names an existing member and its source."""

from __future__ import annotations

import re
from typing import Any

import pytest

from batchmock.validation import texts
from batchmock.validation.constraints import constraints
from batchmock.validation.rules import RULES
from batchmock.validation.rules.job_definitions.containers import CONTAINER_RULES
from batchmock.validation.rules.job_definitions.ecs_tasks import TASK_RULES
from batchmock.validation.rules.job_definitions.eks_pods import POD_RULES
from batchmock.validation.rules.job_definitions.node_properties import NODE_RULES
from batchmock.validation.rules.rule import BlockRule

GRADES = ("model", "documented", "captured", "by analogy", "assumed", "CloudFormation")
KEYS = sorted(constraints())


def member(shape: Any, path: str) -> Any:
    """Return the shape at a path of members and list items, e.g. `filters[].name`."""
    for step in filter(None, path.split(".")):
        shape = shape.members[step.removesuffix("[]")]
        if step.endswith("[]"):
            shape = shape.member
    return shape


@pytest.mark.parametrize("key", KEYS)
def test_key_exists_in_the_model(service_model: Any, key: str) -> None:
    """Each key names a shape, an operation, or a member of one of them in the newest model."""
    owner, _, path = key.partition(".")
    if owner in service_model.operation_names:
        shape = service_model.operation_model(owner).input_shape
    else:
        shape = service_model.shape_for(owner)
    assert member(shape, path) is not None


@pytest.mark.parametrize("key", KEYS)
def test_entry_is_graded_and_complete(key: str) -> None:
    """Each entry grades its source, and the assumed texts that it names exist."""
    entry = constraints()[key]
    assert entry["source"].startswith(GRADES)
    for name in entry.get("x-assumed", {}).values():
        assert isinstance(getattr(texts, name), str)
    for word in entry.get("x-notInSchema", ()):
        assert word in entry or entry["source"].startswith("model")


@pytest.mark.parametrize("key", KEYS)
def test_texts_hold_no_remarks(key: str) -> None:
    """Texts contain only what the service sends, and remarks about them are in a note."""
    for word, value in constraints()[key].items():
        if word.endswith("Message") or word == "x-message":
            assert re.search(r"assumed|measured|<[^>]* ", value) is None


def test_rules_name_their_source() -> None:
    """Each rule names its source, and no two rules of an operation share a name."""
    assert all(rule.source for rule in RULES)
    names = [(operation, rule.name) for rule in RULES for operation in rule.operations]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("table", [CONTAINER_RULES, TASK_RULES, POD_RULES, NODE_RULES])
def test_rows_name_their_source(table: tuple[BlockRule, ...]) -> None:
    """Each row of a block names its source, and no two rows share a name."""
    assert all(row.source for row in table)
    assert len({row.name for row in table}) == len(table)


def test_rules_are_for_operations_that_exist(service_model: Any) -> None:
    """Each rule belongs to operations of the newest model and needs a member that they have."""
    for rule in RULES:
        for operation in rule.operations:
            members = service_model.operation_model(operation).input_shape.members
            assert rule.needs is None or rule.needs in members
