"""
Request validation: the checks of AWS Batch that need only the request.

A JSON Schema is derived from the client's service model and merged with further constraints
(`schema`, `constraints`). `rules` checks combinations of members. Checks against existing resources
are in `operations`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from itertools import groupby
from typing import Any

from batchmock.errors import ServiceError
from batchmock.validation import report, texts
from batchmock.validation.constraints import constraints
from batchmock.validation.decision import Decision, decision_for
from batchmock.validation.reading import as_read
from batchmock.validation.rules import rules_for
from batchmock.validation.rules.rule import Rule
from batchmock.validation.schema import Schema, request_schema

__all__ = ["Checks", "Validators", "validators_for"]

_REMEMBERED_MODELS = 32


# Rules of an operation that need the same member; one lookup skips all of them.
# Plain tuples, because the loop over them runs for each request.
_RuleGroup = tuple[str | None, tuple[tuple[Callable[[dict[str, Any]], str | None], Rule], ...]]


class Checks:
    """
    All checks on the requests of one operation.

    Args:
        operation: its name in the model.
        schema: the schema of its requests.
        rules: the rules across members, in the order in which they are tried.
    """

    __slots__ = (
        "_max_bytes",
        "_needed",
        "_operation",
        "_rules",
        "_size_text",
        "is_valid",
        "schema",
    )

    def __init__(self, operation: str, schema: Schema, rules: tuple[Rule, ...]) -> None:
        self._operation = operation
        self.schema = schema
        self.is_valid: Decision = decision_for(schema)
        self._max_bytes: float = schema.get("x-maxBytes", float("inf"))
        self._size_text = _size_text(schema)
        self._rules = _grouped(rules)
        # The members that rules need; None if a rule needs none and is tried on every request.
        needed = [rule.needs for rule in rules]
        self._needed = None if None in needed else frozenset(needed)

    def check(self, params: dict[str, Any], body_size: int) -> dict[str, Any]:
        """
        Refuse a request that the service would refuse on its own, whatever the state.

        Args:
            params: the request as decoded from the wire; it is not changed.
            body_size: the size of the body as sent, in bytes.

        Returns:
            The request as the service reads it (see `reading`). Most requests are valid as sent and are
            returned unchanged.

        Raises:
            ServiceError: the first problem, `ClientException` with the service's text. The schema is checked
            first, then the size, then the rules in order (order assumed).
        """
        error = self._problem(params, body_size)
        if error is None:
            return params
        read = as_read(self.schema, params)
        if read != params:
            error = self._problem(read, body_size)
            if error is None:
                return read
        raise error

    def _problem(self, params: dict[str, Any], body_size: int) -> ServiceError | None:
        """Return the error for the first problem of a request; None when there is none."""
        try:
            is_valid = self.is_valid(params)
        except UnicodeEncodeError:
            # A lone surrogate, which JSON can carry and jsonschema_rs cannot read.
            is_valid = False
        if not is_valid:
            return report.first_problem(self.schema, params) or ServiceError(
                texts.INVALID_REQUEST.format(operation=self._operation), wrapped=True
            )
        if body_size > self._max_bytes:
            kibibytes = str(-(-body_size // 1024))
            return ServiceError(self._size_text.replace("<n>", kibibytes), wrapped=True)
        if self._needed is None or not self._needed.isdisjoint(params):
            for needs, rules in self._rules:
                if needs is None or needs in params:
                    for violated_by, rule in rules:
                        text = violated_by(params)
                        if text is not None:
                            return ServiceError(text, wrapped=rule.wrapped)
        return None


class Validators:
    """
    The checks of every operation of one service model, each compiled when first needed.

    Args:
        service_model: the client's `ServiceModel`; used by attribute, so that botocore is not imported.
    """

    def __init__(self, service_model: Any) -> None:
        self._service_model = service_model
        self._checks: dict[str, Checks] = {}
        # botocore's models resolve their shapes lazily and are not documented to be thread-safe.
        self._lock = threading.Lock()

    def fit(self, service_model: Any) -> bool:
        """Return whether another model is equal to the one of these checks."""
        ours, other = map(_description_of, (self._service_model, service_model))
        return ours is not None and bool(ours == other)

    def check(self, operation: str, params: dict[str, Any], body_size: int) -> dict[str, Any]:
        """Check a request to an operation, e.g. `SubmitJob`, as `Checks.check` does."""
        return self.checks_of(operation).check(params, body_size)

    def checks_of(self, operation: str) -> Checks:
        """Return the checks of an operation, compiled on first use."""
        checks = self._checks.get(operation)
        if checks is None:
            with self._lock:
                model = self._service_model.operation_model(operation)
                schema = request_schema(model, constraints())
                checks = self._checks[operation] = Checks(operation, schema, rules_for(operation))
        return checks


def _description_of(service_model: Any) -> Any:
    """Return all that a model is built from; None if botocore no longer has it under its name."""
    return getattr(service_model, "_service_description", None)


def _grouped(rules: tuple[Rule, ...]) -> tuple[_RuleGroup, ...]:
    """Return the rules in order, grouped by the member that consecutive rules need."""
    return tuple(
        (needs, tuple((rule.violated_by, rule) for rule in neighbours))
        for needs, neighbours in groupby(rules, key=lambda rule: rule.needs)
    )


def _size_text(schema: Schema) -> str:
    """Return the text for a body that is too large; captured for SubmitJob, assumed for others."""
    assumed = schema.get("x-assumed", {}).get("x-maxBytes")
    return str(getattr(texts, assumed) if assumed else schema.get("x-message", ""))


_validators: dict[int, tuple[Any, Validators]] = {}
_validators_lock = threading.Lock()


def validators_for(service_model: Any) -> Validators:
    """
    Return the validators for a service model; all clients with equal models share them.

    The clients of a session have different `ServiceModel` objects around one shared description, so the
    identity of its metadata is the cache key. The cache holds a reference to it, so that the identity is not
    reused. Each session loads a description of its own. It is compared with the known ones, which takes a
    fraction of what is computed from a description.
    The cache holds 32 models and drops the oldest, which costs a comparison or a recompilation at worst.
    """
    metadata = service_model.metadata
    known = _validators.get(id(metadata))
    if known is not None:
        return known[1]
    with _validators_lock:
        if id(metadata) not in _validators:
            validators = _validators_of_an_equal(service_model) or Validators(service_model)
            while len(_validators) >= _REMEMBERED_MODELS:
                del _validators[next(iter(_validators))]
            _validators[id(metadata)] = (metadata, validators)
        return _validators[id(metadata)][1]


def _validators_of_an_equal(service_model: Any) -> Validators | None:
    """Return the validators of a known model that is equal, if there is one."""
    distinct = dict.fromkeys(validators for _, validators in _validators.values())
    return next((known for known in distinct if known.fit(service_model)), None)
