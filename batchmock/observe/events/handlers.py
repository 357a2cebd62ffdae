"""Call event handlers with the event, or with a context too, as on AWS Lambda."""

from __future__ import annotations

from collections.abc import Callable
from inspect import Parameter, Signature, iscoroutinefunction
from typing import Any, Final

from batchmock.callables import name_of, signature_of, takes
from batchmock.errors import BatchMockError

#: The maximum run time of a Lambda function (documented).
LAMBDA_MILLISECONDS: Final = 900_000


class LambdaContext:
    """A stand-in for the context that AWS Lambda passes to a handler."""

    def __init__(self, function_name: str, aws_request_id: str) -> None:
        self.function_name = function_name
        self.aws_request_id = aws_request_id

    def get_remaining_time_in_millis(self) -> int:
        """Return the full time limit of Lambda."""
        return LAMBDA_MILLISECONDS


def caller_of(handler: Callable[..., object]) -> Callable[[dict[str, Any]], object]:
    """
    Return a function of one event that calls a handler.

    Raises:
        BatchMockError: the handler can't be called with an event, or with an event and a context.
    """
    if not callable(handler) or iscoroutinefunction(handler):
        raise BatchMockError(
            f"batchmock: subscribe() got {handler!r}, which is not a function that can simply be called. "
            "Pass a function of (event) or (event, context); for a coroutine function, "
            "lambda event: asyncio.run(handler(event))."
        )
    parameters = signature_of(handler)
    if parameters is None or (takes(parameters, 1) and not _has_context(parameters)):
        return handler
    if not takes(parameters, 2):
        raise BatchMockError(
            f"batchmock: subscribe() got {name_of(handler)}{parameters}, which can be called neither with "
            "an event nor with an event and a context. Pass a function of (event) or (event, context): "
            f"lambda event: {name_of(handler)}(...)."
        )
    name = name_of(handler)
    return lambda event: handler(event, LambdaContext(name, event["id"]))


def _has_context(parameters: Signature) -> bool:
    """Return whether a second parameter with a default is the context of a Lambda handler."""
    positional = [
        item.name
        for item in parameters.parameters.values()
        if item.kind in (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
    ]
    return positional[1:2] == ["context"]
