"""Whether a request is valid: decided fast with jsonschema_rs, and identically without it."""

from __future__ import annotations

import contextlib
import random
import sys
from collections.abc import Callable, Iterator
from typing import Any

import jsonschema_rs
import pytest

from batchmock.errors import ServiceError
from batchmock.validation import Validators, decision, report
from batchmock.validation.constraints import constraints
from batchmock.validation.schema import request_schema, without_annotations

from .examples import (
    EC2_RESOURCES,
    JOB_ID,
    JOB_QUEUE,
    OVERRIDES,
    RICH_CONTAINER,
    RICH_ECS_TASK,
    RICH_NODE_PROPERTIES,
    RICH_POD,
    RICH_SUBMIT_JOB,
    SUBMIT_JOB,
    create_environment,
    multinode,
    register,
)

Decide = Callable[[dict[str, Any]], bool]

# Replacement values: wrong types, edges of limits, characters near the patterns.
OTHERS: list[Any] = [
    None, True, 0, -1, 1.5, 2**31, 2**63, 10**30, "", "a", "a b", "a\n", "é", "😀", "A*", "1*",
    "x" * 129, "x" * 513, [], [""], [{}], {}, {"": ""}, {"aws:a": "b"}, {"k" * 129: "v"},
]  # fmt: skip

CORPUS = {
    "SubmitJob": RICH_SUBMIT_JOB,
    "RegisterJobDefinition": register(
        RICH_CONTAINER,
        retryStrategy=RICH_SUBMIT_JOB["retryStrategy"],
        platformCapabilities=["EC2"],
        tags={"team": "A"},
    ),
    "RegisterJobDefinition of a task": register(ecsProperties={"taskProperties": [RICH_ECS_TASK]}),
    "RegisterJobDefinition of a pod": register(eksProperties={"podProperties": RICH_POD}),
    "RegisterJobDefinition of nodes": multinode(nodeProperties=RICH_NODE_PROPERTIES),
    "SubmitJob with overrides": {**SUBMIT_JOB, **OVERRIDES},
    "TerminateJob": {"jobId": f"{JOB_ID}:1", "reason": "late"},
    "CreateComputeEnvironment": create_environment(
        {**EC2_RESOURCES, "launchTemplate": {"launchTemplateId": "lt-1", "version": "1"}}
    ),
    "CreateJobQueue": JOB_QUEUE,
    "ListJobs": {"jobQueue": "q", "filters": [{"name": "JOB_NAME", "values": ["a"]}]},
}


def bent(value: Any, chance: random.Random) -> Iterator[Any]:
    """Return copies of a value, each with one part, at any depth, replaced or missing."""
    yield chance.choice(OTHERS)
    if isinstance(value, dict):
        for name, member in value.items():
            yield {key: other for key, other in value.items() if key != name}
            for other in bent(member, chance):
                yield {**value, name: other}
    elif isinstance(value, list):
        for index, item in enumerate(value):
            for other in bent(item, chance):
                yield [*value[:index], other, *value[index + 1 :]]


@pytest.mark.slow
@pytest.mark.parametrize("example", CORPUS)
def test_engines_agree(service_model: Any, example: str) -> None:
    """Both engines agree on hundreds of requests that each have one error."""
    operation = example.partition(" ")[0]
    schema = request_schema(service_model.operation_model(operation), constraints())
    plain = without_annotations(schema)
    fast: Decide = jsonschema_rs.Draft202012Validator(plain).is_valid
    slow = report.decision(plain)
    chance = random.Random(example)
    for request_params in bent(CORPUS[example], chance):
        expected = fast(request_params)
        assert slow(request_params) is expected, request_params
        if isinstance(request_params, dict):
            assert (report.first_problem(schema, request_params) is None) is expected


@pytest.mark.parametrize("example", CORPUS)
def test_rules_stand_whatever_the_schema_accepts(service_model: Any, example: str) -> None:
    """A request with one error is accepted or refused, and no rule raises."""
    validators = Validators(service_model)
    operation = example.partition(" ")[0]
    chance = random.Random(example)
    validators.check(operation, CORPUS[example], 100)
    for request_params in bent(CORPUS[example], chance):
        if isinstance(request_params, dict) and decision_is_yes(
            validators, operation, request_params
        ):
            with contextlib.suppress(ServiceError):
                validators.check(operation, request_params, 100)


def decision_is_yes(validators: Validators, operation: str, request_params: Any) -> bool:
    """Return whether the schema accepts a request, so that the rules apply."""
    return validators._checks[operation].is_valid(request_params)


def test_without_jsonschema_rs(service_model: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """On platforms without a jsonschema_rs wheel, jsonschema decides."""
    monkeypatch.setitem(sys.modules, "jsonschema_rs", None)
    monkeypatch.setattr(decision, "_decisions", {})
    validators = Validators(service_model)
    validators.check("SubmitJob", RICH_SUBMIT_JOB, 100)
    with pytest.raises(ServiceError, match=r"^Job name should match valid pattern$"):
        validators.check("SubmitJob", {**SUBMIT_JOB, "jobName": "a b"}, 100)


def test_equal_schemas_share_a_decision() -> None:
    """Schemas that differ only in annotations and order are compiled once."""
    one = decision.decision_for({"type": "object", "maxProperties": 3, "x-message": "a"})
    other = decision.decision_for({"maxProperties": 3, "type": "object", "x-message": "b"})
    assert one is other


def test_disagreement_is_a_refusal(service_model: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A request that is refused without a nameable reason is refused all the same."""
    validators = Validators(service_model)
    validators.check("ListJobs", {"jobQueue": "reports"}, 100)
    monkeypatch.setattr(report, "first_problem", lambda schema, params: None)
    with pytest.raises(ServiceError, match=r"^The request is not valid for ListJobs\.$"):
        validators.check("ListJobs", {"jobQueue": 3}, 100)


@pytest.mark.parametrize("name", ["\ud800", "a\udfff"])
def test_lone_surrogates(service_model: Any, name: str) -> None:
    """A lone surrogate, which JSON can carry, is refused like any other character not allowed in names."""
    with pytest.raises(ServiceError, match=r"^Job name should match valid pattern$"):
        Validators(service_model).check("SubmitJob", {**SUBMIT_JOB, "jobName": name}, 100)
