"""
Texts for refusals whose real wording is not public, in one place, so that they are easy to correct.

Captured texts are in constraints.json and in the modules of `rules`. Every text of this module is
graded *assumed*. `{path}` is the path of the parameter, `{value}` its value.
"""

from __future__ import annotations

# One text for each kind of violation of the schema (all assumed).
ENUM = "Value {value} for {path} is not valid. Valid values are: [{allowed}]"
TOO_LONG = "{path} must be at most {limit} characters long, got {count}."
TOO_SHORT = "{path} must have a length of at least {limit}."
OUT_OF_RANGE = "{path} must be between {minimum} and {maximum}, got {value}."
PATTERN = "Value {value} for {path} does not match the pattern {limit}"
WRONG_TYPE = "{path} must be of type {limit}, got {value}."
MISSING_MEMBER = "{path} is required."
TOO_MANY_ITEMS = "{path} can have at most {limit} items, got {count}."
TOO_MANY_ENTRIES = "{path} can have at most {limit} entries, got {count}."
INVALID_VALUE = "Value {value} for {path} is not valid."

# The request is invalid, but no violation was found (assumed; never seen so far).
INVALID_REQUEST = "The request is not valid for {operation}."

# Tags: the limits are documented, the texts assumed.
TOO_MANY_TAGS = "{path} can have at most {limit} tags, got {count}."
RESERVED_TAG_KEY = "Tag key {value} is not valid: keys that start with aws: are reserved."

# Job definitions: limits documented, texts assumed.
JOB_DEFINITION_SIZE = "Job definition size must be less than 24 KiB, got <n> KiB"
TOO_MANY_EVALUATE_ON_EXIT = "EvaluateOnExit cannot have more than 5 items."
MEMORY_REQUIRED = "Memory is required."
# Captured for an override at SubmitJob; assumed for RegisterJobDefinition.
LEGACY_ON_FARGATE = "{field} is not applicable for Fargate. Use resource requirements instead."
# The middle is reported by third parties.
USER_PATTERN = "User '{value}' does not match regex {pattern}"
BLOCK_BESIDE_NODES = "Cannot use both nodeProperties and {block}"

# Tasks of several containers: documented rules, assumed texts.
ONE_TASK = "taskProperties must have exactly one element."
CIRCULAR_CONTAINER_DEPENDENCY = "Container dependencies must not be circular."
TIMEOUT_ON_FARGATE = "{field} must be at most 120 seconds for Fargate, got {value}."

# Pods: documented rules, assumed texts.
POD_KEY_PREFIX = "The prefix {value} of the pod {kind} key does not match a valid pattern."

# Nodes: documented rules, assumed texts.
NODE_RANGE_BACKWARDS = "Node range error {value}. Node range should not end before it starts"
NODE_RANGES_MIXED = "Either all node ranges must use eksProperties or none."
NODE_NAMESPACES = "The namespace must be the same in all node ranges."

# Compute environments: documented rules, assumed texts.
SUBNETS_REQUIRED = "Subnets are required."
MANAGED_INSTANCES_PROVIDER_REQUIRED = (
    "managedInstancesProvider is required for ECS_MANAGED_INSTANCES."
)
NOT_ON_MANAGED_INSTANCES = "{field} is not applicable for ECS_MANAGED_INSTANCES."
MANAGED_INSTANCES_ONLY = "{field} is only applicable for ECS_MANAGED_INSTANCES."

# Job queues: documented rules, assumed texts.
BOTH_ORDERS = "Cannot use both computeEnvironmentOrder and serviceEnvironmentOrder."

# Jobs: documented limits, assumed texts.
ARRAY_SIZE = "Array size must be between 2 and 10000."
OVERRIDE_WITHOUT_NAME = "Container name is required in ecsPropertiesOverride."
LIST_JOBS_SELECTOR = "Exactly one of jobQueue, arrayJobId or multiNodeJobId must be specified."
JOB_QUEUES_CLASH = "JobQueues and MaxResults cannot both be set"
JOB_DEFINITIONS_CLASH = "JobDefinitions and MaxResults cannot both be set"
PAYLOAD_SIZE = "serviceRequestPayload must be at most 10240 bytes long, got {count}."

# Service environments: assumed.
INCOMPLETE_CAPACITY_LIMIT = "A capacity limit must have a capacityUnit and a maxCapacity."
