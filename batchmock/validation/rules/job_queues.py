"""
Rules for CreateJobQueue and UpdateJobQueue.

Checks against existing compute environments, policies and queues are in `operations`.
"""

from __future__ import annotations

from batchmock.validation import texts
from batchmock.validation.constraints import constraints
from batchmock.validation.rules.rule import PREFLIGHT, Params, Rule, repeated, text_if

_CREATE = ("CreateJobQueue",)
_CREATE_OR_UPDATE = ("CreateJobQueue", "UpdateJobQueue")
_SAGEMAKER = "SAGEMAKER_TRAINING"
_ACTION = constraints()["JobStateTimeLimitAction.action"]


def both_orders(params: Params) -> str | None:
    """Refuse compute and service environments in one queue."""
    violated = params.get("computeEnvironmentOrder") and params.get("serviceEnvironmentOrder")
    return text_if(violated, texts.BOTH_ORDERS)


def service_environments_missing(params: Params) -> str | None:
    """Refuse a SageMaker queue without a service environment."""
    return text_if(
        params.get("jobQueueType") == _SAGEMAKER and not params.get("serviceEnvironmentOrder"),
        "Job queues of type SAGEMAKER_TRAINING must have serviceEnvironmentOrder.",
    )


def service_environments_on_other_type(params: Params) -> str | None:
    """Refuse service environments in a queue of another type; the default is ECS."""
    kind = params.get("jobQueueType", "ECS")
    return text_if(
        kind != _SAGEMAKER and params.get("serviceEnvironmentOrder"),
        "CreateJobQueue requires either setting computeEnvironmentOrder or setting "
        "serviceEnvironmentOrder along with a supported jobQueueType. The jobQueueType provided is "
        f"{kind}, which is incompatible with the provided serviceEnvironmentOrder.",
    )


def compute_environments_missing(params: Params) -> str | None:
    """Refuse a queue without any environment."""
    return text_if(
        not params.get("computeEnvironmentOrder") and not params.get("serviceEnvironmentOrder"),
        "computeEnvironmentOrder is required.",
    )


def duplicate_orders(params: Params) -> str | None:
    """Refuse two compute environments with the same order."""
    order = params.get("computeEnvironmentOrder", ())
    return text_if(
        repeated(item["order"] for item in order), "Duplicate ComputeEnvironment order values."
    )


def duplicate_compute_environments(params: Params) -> str | None:
    """Refuse a compute environment that is listed twice."""
    order = params.get("computeEnvironmentOrder", ())
    return text_if(
        repeated(item["computeEnvironment"] for item in order),
        "Duplicate ComputeEnvironments within order list.",
    )


def time_limit_action(params: Params) -> str | None:
    """Refuse an action other than that of the queue's type."""
    is_sagemaker = params.get("jobQueueType") == _SAGEMAKER
    allowed = "TERMINATE" if is_sagemaker else "CANCEL"
    actions = params.get("jobStateTimeLimitActions", ())
    return text_if(
        any(action["action"] != allowed for action in actions),
        _ACTION["x-sagemakerMessage" if is_sagemaker else "x-message"],
    )


def unknown_time_limit_action(params: Params) -> str | None:
    """Refuse an action that is valid for no type of queue; an update does not name the type."""
    actions = params.get("jobStateTimeLimitActions", ())
    return text_if(
        any(action["action"] not in _ACTION["enum"] for action in actions), _ACTION["x-message"]
    )


def duplicate_time_limit_actions(params: Params) -> str | None:
    """Refuse two actions for the same state and reason."""
    actions = params.get("jobStateTimeLimitActions", ())
    return text_if(
        repeated((action["state"], action["reason"]) for action in actions),
        "Duplicate job state limit actions are not allowed.",
    )


JOB_QUEUE_RULES: tuple[Rule, ...] = (
    Rule(_CREATE_OR_UPDATE, "one kind of environment", both_orders, "documented; text assumed"),
    Rule(
        _CREATE,
        "SageMaker queues have a service environment",
        service_environments_missing,
        PREFLIGHT + "jq-*",
    ),
    Rule(
        _CREATE,
        "other queues have none",
        service_environments_on_other_type,
        PREFLIGHT + "jq-*",
    ),
    Rule(
        _CREATE,
        "a queue has environments",
        compute_environments_missing,
        PREFLIGHT + "jq-*",
    ),
    Rule(
        _CREATE_OR_UPDATE,
        "orders differ",
        duplicate_orders,
        PREFLIGHT + "jq-ce-order-duplicate-order",
    ),
    Rule(
        _CREATE_OR_UPDATE,
        "compute environments differ",
        duplicate_compute_environments,
        PREFLIGHT + "jq-ce-order-duplicate-ce",
    ),
    Rule(
        _CREATE,
        "action of the queue's type",
        time_limit_action,
        PREFLIGHT + "jq-jstla-action-cancel-for-ecs, jq-jstla-action-terminate-for-sagemaker",
    ),
    Rule(
        ("UpdateJobQueue",),
        "action of some type",
        unknown_time_limit_action,
        PREFLIGHT + "jq-jstla-action-cancel-for-ecs, at CreateJobQueue",
    ),
    Rule(
        _CREATE_OR_UPDATE,
        "actions differ",
        duplicate_time_limit_actions,
        PREFLIGHT + "jq-jstla-duplicate",
    ),
)
