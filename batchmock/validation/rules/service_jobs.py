"""Rules for service jobs, service environments and quota shares: what their models leave open."""

from __future__ import annotations

from batchmock.validation import texts
from batchmock.validation.rules.jobs import names_and_max_results
from batchmock.validation.rules.rule import Params, Rule, text_if

_PAYLOAD_BYTES = 10240


def payload_size(params: Params) -> str | None:
    """Refuse the payload of a service job above 10 KiB."""
    count = len(params["serviceRequestPayload"].encode(errors="surrogatepass"))
    return text_if(count > _PAYLOAD_BYTES, texts.PAYLOAD_SIZE.format(count=count))


def rule_without_action(params: Params) -> str | None:
    """Refuse a retry rule that does not say what is to be done."""
    rules = params.get("retryStrategy", {}).get("evaluateOnExit", ())
    return text_if(any("action" not in rule for rule in rules), texts.RETRY_RULE_WITHOUT_ACTION)


def queue_missing(params: Params) -> str | None:
    """Refuse a listing of no queue."""
    return text_if("jobQueue" not in params, texts.JOB_QUEUE_REQUIRED)


def incomplete_capacity_limit(params: Params) -> str | None:
    """Refuse a capacity limit without a unit, or without an amount."""
    limits = params.get("capacityLimits", ())
    return text_if(
        any("capacityUnit" not in limit or "maxCapacity" not in limit for limit in limits),
        texts.INCOMPLETE_CAPACITY_LIMIT,
    )


def misplaced_borrow_limit(params: Params) -> str | None:
    """Refuse a limit on what a quota share borrows that does not borrow."""
    sharing = params.get("resourceSharingConfiguration", {})
    violated = "borrowLimit" in sharing and sharing["strategy"] != "LEND_AND_BORROW"
    return text_if(violated, texts.BORROW_LIMIT_MISPLACED)


SERVICE_JOB_RULES: tuple[Rule, ...] = (
    Rule(("SubmitServiceJob",), "payload", payload_size, "documented quota; text assumed"),
    Rule(
        ("SubmitServiceJob",),
        "retry rules have an action",
        rule_without_action,
        "assumed: as EvaluateOnExit",
        needs="retryStrategy",
    ),
    Rule(("ListServiceJobs",), "a queue is named", queue_missing, "assumed"),
    Rule(
        ("CreateServiceEnvironment", "UpdateServiceEnvironment"),
        "capacity limits are complete",
        incomplete_capacity_limit,
        "assumed",
    ),
    Rule(
        ("DescribeServiceEnvironments",),
        "names or a page",
        names_and_max_results("serviceEnvironments", texts.SERVICE_ENVIRONMENTS_CLASH),
        "assumed: as DescribeComputeEnvironments",
    ),
    Rule(
        ("CreateQuotaShare", "UpdateQuotaShare"),
        "who does not borrow has no limit for it",
        misplaced_borrow_limit,
        "documented for borrowLimit; text assumed",
    ),
)
