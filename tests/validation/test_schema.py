"""The schema of a request: derived from the model and overlaid with the documented constraints."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import jsonschema
import jsonschema_rs
import pytest
from botocore.model import ServiceModel

from batchmock.errors import ServiceError
from batchmock.validation import Validators
from batchmock.validation.constraints import constraints
from batchmock.validation.schema import any_case_pattern, request_schema, without_annotations

from .examples import CONTAINER, register

SchemaOf = Callable[[str], Any]


@pytest.fixture
def schema_of(service_model: Any) -> SchemaOf:
    """Return the function that derives the schema of an operation, by its name."""
    return lambda name: request_schema(service_model.operation_model(name), constraints())


def words(value: Any) -> set[str]:
    """Return every key at any depth."""
    if isinstance(value, dict):
        return set(value).union(*map(words, value.values()))
    return set().union(*map(words, value)) if isinstance(value, list) else set()


@pytest.mark.slow
def test_every_operation_compiles(installed_model: Any) -> None:
    """The schema of each operation is a valid draft 2020-12 schema in both engines."""
    for operation in installed_model.operation_names:
        model = installed_model.operation_model(operation)
        plain = without_annotations(request_schema(model, constraints()))
        jsonschema.Draft202012Validator.check_schema(plain, jsonschema.FormatChecker([]))
        assert jsonschema_rs.meta.is_valid(plain)
        assert not {word for word in words(plain) if word.startswith("x-")}


def test_constraints_are_laid_over_the_model(schema_of: SchemaOf) -> None:
    """An entry can apply to a shape, its member, an operation's member, or a list's item."""
    submit = schema_of("SubmitJob")["properties"]
    assert submit["tags"]["propertyNames"]["maxLength"] == 128
    assert submit["retryStrategy"]["properties"]["attempts"]["maximum"] == 10
    assert submit["dependsOn"]["maxItems"] == 20
    filters = schema_of("ListJobs")["properties"]["filters"]
    assert "JOB_NAME" in filters["items"]["properties"]["name"]["enum"]


def test_required_members(schema_of: SchemaOf) -> None:
    """Members are required if the model requires them or a captured message asks for them."""
    submit = schema_of("SubmitJob")
    assert submit["required"] == ["jobName", "jobQueue", "jobDefinition"]
    assert submit["properties"]["retryStrategy"]["required"] == ["attempts"]


def test_whole_numbers_have_bits(schema_of: SchemaOf) -> None:
    """A number without a documented limit is bounded by the 32 or 64 bits of its shape."""
    priority = schema_of("UpdateJobQueue")["properties"]["priority"]
    assert (priority["minimum"], priority["maximum"]) == (-(2**31), 2**31 - 1)
    quantity = schema_of("UpdateConsumableResource")["properties"]["quantity"]
    assert (quantity["minimum"], quantity["maximum"]) == (0, 2**63 - 1)


def test_words_that_are_not_enforced(schema_of: SchemaOf) -> None:
    """An empty map of tags is accepted, whatever size the model requires."""
    assert "minProperties" not in schema_of("SubmitJob")["properties"]["tags"]


def test_any_case_pattern() -> None:
    """An action may be written in any letter case, and the report still names both values."""
    assert any_case_pattern(["RETRY", "EXIT"]) == "^([rR][eE][tT][rR][yY]|[eE][xX][iI][tT])$"


def test_constraints_stay_as_they_are(schema_of: SchemaOf) -> None:
    """Deriving a schema does not change the overlaid entries."""
    before = copy.deepcopy(constraints())
    schema_of("RegisterJobDefinition")
    assert constraints() == before


def test_newer_enums_are_kept(service_model: Any) -> None:
    """A value added by a newer model is accepted, though constraints.json does not list it."""
    description = copy.deepcopy(service_model._service_description)
    description["shapes"]["ServiceJobType"]["enum"].append("SAGEMAKER_PROCESSING")
    newer = ServiceModel(description, "batch")
    schema = request_schema(newer.operation_model("SubmitServiceJob"), constraints())
    assert "SAGEMAKER_PROCESSING" in schema["properties"]["serviceJobType"]["enum"]


def test_older_models(service_model: Any) -> None:
    """A model without some members and shapes works with those that it has."""
    description = copy.deepcopy(service_model._service_description)
    register_request = description["shapes"]["RegisterJobDefinitionRequest"]
    for name in ("ecsProperties", "eksProperties", "nodeProperties"):
        del register_request["members"][name]
    for shape in ("EcsProperties", "EksProperties", "EvaluateOnExitList", "EvaluateOnExit"):
        del description["shapes"][shape]
    del description["shapes"]["RetryStrategy"]["members"]["evaluateOnExit"]
    older = Validators(ServiceModel(description, "batch"))
    older.check("RegisterJobDefinition", register(CONTAINER), 100)
    with pytest.raises(ServiceError, match=r"^ECS Container Image must be provided\.$"):
        older.check("RegisterJobDefinition", register({}), 100)


def test_operation_without_input() -> None:
    """An operation without input accepts any request."""

    class Operation:
        name = "Ping"
        input_shape = None

    assert request_schema(Operation(), constraints()) == {"type": "object"}
