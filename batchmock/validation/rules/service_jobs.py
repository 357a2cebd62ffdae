"""Rules for service jobs and service environments that are missing from the model."""

from __future__ import annotations

from batchmock.validation import texts
from batchmock.validation.rules.rule import Params, Rule, text_if

_PAYLOAD_BYTES = 10240


def payload_size(params: Params) -> str | None:
    """Refuse the payload of a service job above 10 KiB."""
    count = len(params["serviceRequestPayload"].encode(errors="surrogatepass"))
    return text_if(count > _PAYLOAD_BYTES, texts.PAYLOAD_SIZE.format(count=count))


def incomplete_capacity_limit(params: Params) -> str | None:
    """Refuse a capacity limit without a unit, or without an amount."""
    limits = params.get("capacityLimits", ())
    return text_if(
        any("capacityUnit" not in limit or "maxCapacity" not in limit for limit in limits),
        texts.INCOMPLETE_CAPACITY_LIMIT,
    )


SERVICE_JOB_RULES: tuple[Rule, ...] = (
    Rule(("SubmitServiceJob",), "payload", payload_size, "documented quota; text assumed"),
    Rule(
        ("CreateServiceEnvironment", "UpdateServiceEnvironment"),
        "capacity limits are complete",
        incomplete_capacity_limit,
        "documented: a limit is an amount of a unit; text assumed",
    ),
)
