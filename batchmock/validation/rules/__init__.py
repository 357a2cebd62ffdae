"""
Rules across the members of a request, which a JSON Schema cannot express.

Each module has a table for one kind of resource. The first row that a request violates is reported;
the order of the rows is assumed.
"""

from __future__ import annotations

from functools import cache

from batchmock.validation.rules.compute_environments import COMPUTE_ENVIRONMENT_RULES
from batchmock.validation.rules.job_definitions.definitions import JOB_DEFINITION_RULES
from batchmock.validation.rules.job_queues import JOB_QUEUE_RULES
from batchmock.validation.rules.jobs import JOB_RULES
from batchmock.validation.rules.overrides import OVERRIDE_RULES
from batchmock.validation.rules.policies import POLICY_RULES
from batchmock.validation.rules.rule import Rule
from batchmock.validation.rules.service_jobs import SERVICE_JOB_RULES

RULES: tuple[Rule, ...] = (
    *COMPUTE_ENVIRONMENT_RULES,
    *JOB_QUEUE_RULES,
    *JOB_DEFINITION_RULES,
    *JOB_RULES,
    *OVERRIDE_RULES,
    *POLICY_RULES,
    *SERVICE_JOB_RULES,
)


@cache
def rules_for(operation: str) -> tuple[Rule, ...]:
    """Return the rules for an operation, in the order in which they are tried."""
    return tuple(rule for rule in RULES if operation in rule.operations)
