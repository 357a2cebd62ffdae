from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batchmock import BatchMockError, mock_batch

from ..builders import shared_client

NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9]{0,8}", fullmatch=True)
KEYS = st.sampled_from(["a", "B", "Cost_Center", "x-y"])
TEXTS = st.text("abc 0${}:/", max_size=8)
RULES = st.lists(
    st.fixed_dictionaries(
        {"OnReason": st.sampled_from(["*", "OutOfMemory*"]), "Action": st.just("RETRY")}
    ),
    max_size=3,
)


@st.composite
def definitions(draw: st.DrawFn) -> dict[str, Any]:
    """A job definition as templates write it, with numbers as numbers or as text."""
    as_text = draw(st.booleans())

    def number(least: int, most: int) -> Any:
        value = draw(st.integers(least, most))
        return str(value) if as_text else value

    return {
        "Type": draw(st.sampled_from(["container", "Container"])),
        "Tags": draw(st.dictionaries(KEYS, st.sampled_from(["v", "w"]), max_size=2)),
        "RetryStrategy": {"Attempts": number(1, 10), "EvaluateOnExit": draw(RULES)},
        "Timeout": {"AttemptDurationSeconds": number(60, 86_400)},
        "ContainerProperties": {
            "Image": "report:7",
            "Environment": [
                {"Name": draw(NAMES), "Value": draw(TEXTS)} for _ in range(draw(st.integers(0, 2)))
            ],
            "ResourceRequirements": [
                {"Type": "VCPU", "Value": number(1, 64)},
                {"Type": "MEMORY", "Value": number(4, 65_536)},
            ],
        },
    }


def template(resources: dict[str, Any]) -> dict[str, Any]:
    """Return a template of job definitions."""
    kind = "AWS::Batch::JobDefinition"
    return {
        "Resources": {name: {"Type": kind, "Properties": one} for name, one in resources.items()}
    }


def described(source: Any) -> list[dict[str, Any]]:
    """Return the job definitions that exist after a file was loaded."""
    with mock_batch(region="us-east-1", start="2026-01-02T03:04:05Z") as mock:
        mock.load(source)
        client = shared_client()
        found: list[dict[str, Any]] = client.describe_job_definitions()["jobDefinitions"]
        return found


def renamed(value: Any, change: Any) -> Any:
    """Return a value with renamed members and unchanged map keys."""
    if isinstance(value, dict):
        return {
            change(name): item if name == "Tags" else renamed(item, change)
            for name, item in value.items()
        }
    return [renamed(item, change) for item in value] if isinstance(value, list) else value


RESOURCES = st.dictionaries(NAMES, definitions(), min_size=1, max_size=3)


@settings(max_examples=20, deadline=None)
@given(RESOURCES)
def test_the_case_of_members_does_not_matter(resources: dict[str, Any]) -> None:
    """Members are found in camelCase, lower case and upper case."""
    expected = described(template(resources))
    for change in (str.lower, str.upper):
        changed = {name: renamed(one, change) for name, one in resources.items()}
        assert described(template(changed)) == expected


@settings(max_examples=20, deadline=None)
@given(RESOURCES)
def test_yaml_equals_json(resources: dict[str, Any]) -> None:
    """A template in YAML loads like the same template in JSON."""
    yaml = pytest.importorskip("yaml")
    content = template(resources)
    assert described(yaml.safe_dump(content) + "\n") == described(json.dumps(content))


@settings(max_examples=20, deadline=None)
@given(RESOURCES)
def test_what_is_described_can_be_loaded(resources: dict[str, Any]) -> None:
    """Described job definitions can be loaded and are then described identically."""
    once = described(template(resources))
    assert described({"jobDefinitions": once}) == once


@settings(max_examples=20, deadline=None)
@given(RESOURCES, st.integers(11, 99))
def test_a_refusal_leaves_nothing(resources: dict[str, Any], attempts: int) -> None:
    """A refused resource leaves nothing of its file, whatever precedes it."""
    bad = {**next(iter(resources.values())), "RetryStrategy": {"Attempts": attempts}}
    with mock_batch(region="us-east-1", start="2026-01-02T03:04:05Z") as mock:
        with pytest.raises(BatchMockError):
            mock.load(template({**resources, "Refused000": bad}))
        client = shared_client()
        assert client.describe_job_definitions()["jobDefinitions"] == []
        mock.load(template(resources))
        found = client.describe_job_definitions()["jobDefinitions"]
        assert {item["revision"] for item in found} == {1}
