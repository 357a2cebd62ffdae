"""A value beyond any limit of any member of any operation is refused, and nothing changes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from json import dumps
from typing import Any, NamedTuple

import boto3
import jsonschema_rs
import pytest
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ClientError

from batchmock import BatchMock, mock_batch
from batchmock.operations import HANDLERS
from batchmock.validation import texts
from batchmock.validation.constraints import constraints
from batchmock.validation.schema import request_schema, without_annotations

from ..builders import everything, shared_client

Schema = dict[str, Any]
Path = tuple[str, ...]

ITEM, KEY, VALUE = "[]", "{key}", "{value}"
ARN = "arn:aws:batch:us-east-1:123456789012:"
TEXTS = (
    "a",
    "0f5c1c2e-5a55-4a8f-9d5e-7f2f0f6f0a01",
    "1",
    "NUM_INSTANCES",
    "ml.m5.large",
    "fs-12345678",
    f"{ARN}scheduling-policy/a",
    f"{ARN}job-queue/a/quota-share/a",
    f"{ARN}job-definition/a:1",
    "arn:aws:eks:us-east-1:123456789012:cluster/a",
    "arn:aws:iam::123456789012:role/a",
)
NUMBERS = (1, 0, 2, 20, 21, 60, 600)
BITS = {-(2**31), 2**31 - 1, -(2**63), 2**63 - 1}


class Beyond(NamedTuple):
    """A request that is valid except for one value; `node` is the schema of that value."""

    path: Path
    node: Schema
    what: str
    request: Any


@cache
def _validator(schema: str) -> Any:
    return jsonschema_rs.Draft202012Validator(schema)


def is_valid(schema: Schema, value: Any) -> bool:
    """Return whether a value is valid under a schema."""
    return bool(_validator(dumps(without_annotations(schema))).is_valid(value))


def sample(schema: Schema) -> Any:
    """Return a small valid value."""
    kind = schema["type"]
    if kind == "array":
        return [sample(schema["items"])] * schema.get("minItems", 0)
    if kind == "object" and "properties" in schema:
        names = [*schema["required"], *alternatives(schema)[:1]]
        return {name: sample(schema["properties"][name]) for name in names}
    if kind == "object":
        return {}
    candidates = {"boolean": (True,), "string": (*schema.get("enum", ()), *TEXTS)}
    if "x-enum" in schema:
        return schema["x-enum"][0]
    return next(value for value in candidates.get(kind, NUMBERS) if is_valid(schema, value))


def alternatives(schema: Schema) -> list[str]:
    """Return the members of which a structure must have one."""
    choices = schema.get("anyOf", schema.get("oneOf", ()))
    return [name for choice in choices for name in choice["required"]]


def with_value(schema: Schema, path: Path, value: Any) -> Any:
    """Return a small valid value with another value at a path."""
    if not path:
        return value
    step, *rest = path
    whole = sample(schema)
    if step == ITEM:
        return [with_value(schema["items"], tuple(rest), value), *whole[1:]]
    if step == KEY:
        return {value: sample(schema["additionalProperties"])}
    if step == VALUE:
        item = with_value(schema["additionalProperties"], tuple(rest), value)
        return {sample(schema["propertyNames"]): item}
    if step in alternatives(schema):
        whole = {name: value for name, value in whole.items() if name not in alternatives(schema)}
    return {**whole, step: with_value(schema["properties"][step], tuple(rest), value)}


def nodes(schema: Schema, path: Path = ()) -> Iterator[tuple[Path, Schema]]:
    """Return the schema of every member at any depth."""
    yield path, schema
    if "items" in schema:
        yield from nodes(schema["items"], (*path, ITEM))
    for name, member in schema.get("properties", {}).items():
        yield from nodes(member, (*path, name))
    if "propertyNames" in schema:
        yield from nodes(schema["propertyNames"], (*path, KEY))
        yield from nodes(schema["additionalProperties"], (*path, VALUE))


def values_beyond(schema: Schema) -> Iterator[tuple[str, Any]]:
    """Return values beyond the limits of a schema, each with the limit's name."""
    for word in {"enum", "pattern", "anyOf", "not"} & set(schema):
        if schema["type"] == "string":
            bad = ("!\n", "aws:a", f"{TEXTS[1]}#1", "AWS_BATCH_A", "optimal")
            yield word, next(value for value in bad if not is_valid(schema, value))
    if "maxLength" in schema:
        yield "maxLength", "a" * (schema["maxLength"] + 1)
    if schema.get("minLength"):
        yield "minLength", ""
    if schema.get("minimum", -(2**31)) not in BITS:
        yield "minimum", schema["minimum"] - 1
    if schema.get("maximum", 2**31 - 1) not in BITS:
        yield "maximum", schema["maximum"] + 1
    if "maxItems" in schema:
        yield "maxItems", [sample(schema["items"])] * (schema["maxItems"] + 1)
    if schema.get("minItems"):
        yield "minItems", []
    if "maxProperties" in schema:
        yield "maxProperties", {f"k{number}": "v" for number in range(schema["maxProperties"] + 1)}
    # Without a resourceArn, which is in the path, no request can be built.
    for name in set(schema.get("required", ())) - {"resourceArn"}:
        yield f"required {name}", {k: v for k, v in sample(schema).items() if k != name}


def requests_beyond(schema: Schema) -> Iterator[Beyond]:
    """Yield, for every limit of an operation, a request that exceeds it and is otherwise valid."""
    for path, node in nodes(schema):
        for what, value in values_beyond(node):
            yield Beyond(path, node, what, with_value(schema, path, value))


def is_about(message: str, beyond: Beyond) -> bool:
    """Return whether a message is the limit's own text or names the member."""
    missing = beyond.what.partition(" ")[2]
    node = beyond.node["properties"][missing] if missing else beyond.node
    known = [text for name, text in node.items() if name in _MESSAGES]
    known += node.get("x-messages", {}).values()
    known += [getattr(texts, name) for name in node.get("x-assumed", {}).values()]
    patterns = (re.sub(r"(<|\\{)\w+(>|\\})", ".*", re.escape(text)) for text in known if text)
    steps = [step for step in (*beyond.path, missing) if step and step[0] not in "[{"]
    return any(re.fullmatch(p, message, re.DOTALL) for p in patterns) or steps[-1] in message


_MESSAGES = ("x-message", "x-emptyMessage", "x-missingMessage")


@pytest.mark.parametrize("operation", sorted(HANDLERS))
def test_values_beyond_a_limit_are_refused(installed_model: Any, operation: str) -> None:
    """Enum, length, range, pattern, size, required: each limit of each member has its error."""
    if operation not in installed_model.operation_names:
        pytest.skip("this botocore does not know the operation")
    schema = request_schema(installed_model.operation_model(operation), constraints())
    assert is_valid(schema, sample(schema))
    with mock_batch(region="us-east-1") as mock:
        mock.provision(job_queue="queue", job_definition="definition")
        client = unchecked_client()
        before = everything(client)
        for beyond in requests_beyond(schema):
            message = refusal_of(client, operation, beyond)
            assert is_about(message, beyond), f"{beyond.path} {beyond.what}: {message}"
        assert everything(client) == before


@cache
def unchecked_client() -> Any:
    """Return the client that sends requests that botocore would refuse."""
    config = Config(parameter_validation=False)
    return boto3.client("batch", region_name="us-east-1", config=config)


def refusal_of(client: Any, operation: str, beyond: Beyond) -> str:
    """Send the request and return the inner text of its refusal."""
    request = beyond.request
    if "resourceArn" in client.meta.service_model.operation_model(operation).input_shape.members:
        request = {"resourceArn": f"{ARN}job-queue/queue", **request}
    with pytest.raises(ClientError) as caught:
        getattr(client, xform_name(operation))(**request)
    error = caught.value.response
    assert error["Error"]["Code"] == "ClientException"
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 400
    message: str = error["Error"]["Message"]
    inner = re.fullmatch(r"Error executing request, Exception : (.*), RequestId: .*", message, re.S)
    return inner[1] if inner else message


def test_the_mock_is_unharmed(batch_mock: BatchMock) -> None:
    """A client with botocore's validation refuses these requests as well."""
    client = shared_client()
    with pytest.raises(ClientError, match="state"):
        client.update_job_queue(jobQueue="queue", state="FOO")
    assert batch_mock.calls[-1].error is not None
