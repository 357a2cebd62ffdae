"""Rules for scheduling policies and service environments: shares and capacity limits."""

from __future__ import annotations

from batchmock.validation.constraints import constraints
from batchmock.validation.rules.rule import PREFLIGHT, Params, Rule, repeated, text_if

_POLICIES = ("CreateSchedulingPolicy", "UpdateSchedulingPolicy")
_SERVICE_ENVIRONMENTS = ("CreateServiceEnvironment", "UpdateServiceEnvironment")


def _share_identifiers(params: Params) -> list[str]:
    shares = params.get("fairsharePolicy", {}).get("shareDistribution", ())
    return [share["shareIdentifier"] for share in shares]


def both_policies(params: Params) -> str | None:
    """Refuse a policy of both kinds."""
    return text_if(
        "fairsharePolicy" in params and "quotaSharePolicy" in params,
        "A scheduling policy can have either fairsharePolicy or quotaSharePolicy",
    )


def duplicate_shares(params: Params) -> str | None:
    """Refuse a share identifier that is listed twice."""
    return text_if(
        repeated(_share_identifiers(params)), "Cannot have two or more identical shareIdentifiers."
    )


def overlapping_shares(params: Params) -> str | None:
    """Refuse a share identifier that is covered by another entry's prefix."""
    identifiers = _share_identifiers(params)
    prefixes = [identifier for identifier in identifiers if identifier.endswith("*")]
    for identifier in identifiers:
        for prefix in prefixes:
            if identifier != prefix and identifier.startswith(prefix[:-1]):
                return f"Share identifier {identifier} matches another share identifier {prefix}."
    return None


def mixed_capacity_units(params: Params) -> str | None:
    """Refuse limits that mix total instances with instances of a type."""
    units = {limit.get("capacityUnit") for limit in params.get("capacityLimits", ())}
    return text_if(
        len(units) > 1 and "NUM_INSTANCES" in units,
        constraints()["CapacityLimit.capacityUnit"]["x-mixMessage"],
    )


POLICY_RULES: tuple[Rule, ...] = (
    Rule(_POLICIES, "one kind of policy", both_policies, PREFLIGHT + "sp-*"),
    Rule(_POLICIES, "shares differ", duplicate_shares, PREFLIGHT + "sp-*"),
    Rule(_POLICIES, "shares do not overlap", overlapping_shares, PREFLIGHT + "sp-*"),
    Rule(
        _SERVICE_ENVIRONMENTS,
        "one kind of capacity unit",
        mixed_capacity_units,
        PREFLIGHT + "se-capacity-unit-mix",
    ),
)
