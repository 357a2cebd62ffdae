"""
Normalize a request as the service does, where that differs from the request as sent.

Enumerations are accepted in any letter case: `managed` is `MANAGED`, and `Container` is `container`.
Source: templates that the CDK has deployed since 2.74 send `managed` (captured:
github.com/aws/aws-cdk#31621). The same for every enumeration is inferred, and for bundles of instance types.

A null member of a structure is absent, and an element of a list or a value of a map may not be null.
Source: Smithy, whose protocol restJson1 is that of Batch (documented: the trait `sparse`).

Empty values of members that a kind of compute environment does not have are dropped. Source: the
Fargate environments of ezbatch 0.1.0 are created with `tags: {}` and `instanceTypes: []` (captured).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from batchmock.validation.rules.compute_resources import inapplicable_members
from batchmock.validation.rules.instance_types import BUNDLES
from batchmock.validation.schema import Schema

_EMPTY: tuple[Any, ...] = ({}, [], "")


def as_read(schema: Schema, params: dict[str, Any]) -> dict[str, Any]:
    """
    Return a request as the service reads it.

    Args:
        schema: the schema of the operation's requests.
        params: the request, valid or not; it is not changed.
    """
    read: dict[str, Any] = in_model_spelling(schema, without_nulls(schema, params))
    resources = read.get("computeResources")
    if isinstance(resources, dict):
        if isinstance(resources.get("instanceTypes"), list):
            types = [_bundle(name) for name in resources["instanceTypes"]]
            resources = {**resources, "instanceTypes": types}
        if "type" in resources:
            resources = without_inapplicable(resources, resources["type"])
        read["computeResources"] = resources
    return read


def _bundle(name: Any) -> Any:
    """Return the name of a bundle of instance types in lower case; any other value unchanged."""
    lower = name.lower() if isinstance(name, str) else name
    return lower if isinstance(lower, str) and lower in BUNDLES else name


def without_inapplicable(resources: Mapping[str, Any], resource_type: object) -> dict[str, Any]:
    """Return compute resources without empty values of members that their type does not have."""
    dropped = inapplicable_members(resource_type)
    return {
        name: value
        for name, value in resources.items()
        if name not in dropped or value not in _EMPTY
    }


def without_nulls(schema: Schema, value: Any) -> Any:
    """
    Return a value without the null members of its structures, at any depth.

    Args:
        schema: the schema of the value, valid or not.
        value: the value in a request; it is not changed.
    """
    if isinstance(value, list) and "items" in schema:
        return [without_nulls(schema["items"], item) for item in value]
    if isinstance(value, dict) and "properties" in schema:
        members = schema["properties"]
        return {
            name: without_nulls(members.get(name, {}), item)
            for name, item in value.items()
            if item is not None
        }
    if isinstance(value, dict) and "additionalProperties" in schema:
        others = schema["additionalProperties"]
        return {name: without_nulls(others, item) for name, item in value.items()}
    return value


def in_model_spelling(schema: Schema, value: Any) -> Any:
    """
    Return a value with its enumerations spelled as in the model, and otherwise unchanged.

    Args:
        schema: the schema of the value, valid or not.
        value: the value in a request; it is not changed.
    """
    if isinstance(value, str):
        return _spelled(schema, value)
    if isinstance(value, list) and "items" in schema:
        return [in_model_spelling(schema["items"], item) for item in value]
    if isinstance(value, dict):
        members = schema.get("properties", {})
        others = schema.get("additionalProperties", {})
        return {
            name: in_model_spelling(members.get(name, others), item) for name, item in value.items()
        }
    return value


def _spelled(schema: Schema, value: str) -> str:
    if schema.get("x-caseSensitive"):
        return value
    wanted = value.lower()
    for name in schema.get("enum") or schema.get("x-enum") or ():
        if name.lower() == wanted:
            return str(name)
    return value
