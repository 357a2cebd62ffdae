"""
Texts for refusals whose wording no public source shows, in one place, easy to correct.

Captured texts are not here: they stand in constraints.json, and beside their rule in `rules`.
Every text of this module is graded *assumed*. `{path}` is the parameter's path, `{value}` what it
holds.
"""

from __future__ import annotations

# One text for each kind of violation of the schema (all assumed; validation.md has none).
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

# The decision was no, and no violation could be named (assumed; never seen so far).
INVALID_REQUEST = "The request is not valid for {operation}."

# Tags and environment: the limits are documented, the texts assumed.
TOO_MANY_TAGS = "{path} can have at most {limit} tags, got {count}."
RESERVED_TAG_KEY = "Tag key {value} is not valid: keys that start with aws: are reserved."
RESERVED_ENVIRONMENT_NAME = (
    "Environment variable name {value} is not valid: names that start with AWS_BATCH are reserved."
)

# Job definitions: limits documented, texts assumed.
JOB_DEFINITION_SIZE = "Job definition size must be less than 24 KiB, got <n> KiB"
TOO_MANY_EVALUATE_ON_EXIT = "EvaluateOnExit cannot have more than 5 items."
MEMORY_REQUIRED = "Memory is required."
# Captured for an override at SubmitJob; that registering says the same is assumed.
LEGACY_ON_FARGATE = "{field} is not applicable for Fargate. Use resource requirements instead."
EPHEMERAL_STORAGE_ON_EC2 = "ephemeralStorage not applicable for EC2."
WINDOWS_FIELD = "{field} is not applicable for Windows."
IAM_WITHOUT_JOB_ROLE = "A jobRoleArn is required when using EFS IAM authorization."
# The middle is reported by third parties; the whole is assumed.
USER_PATTERN = "User '{value}' does not match regex {pattern}"
BLOCK_BESIDE_NODES = "Cannot use both nodeProperties and {block}"
PLATFORM_ON_EKS = "Batch on EKS does not support the platform capability {platform}."
UNKNOWN_SOURCE_VOLUME = "Mount point sourceVolume {value} does not match the name of any volume."

# Tasks of several containers: documented rules, assumed texts.
ONE_TASK = "taskProperties must have exactly one element."
CIRCULAR_CONTAINER_DEPENDENCY = "Container dependencies must not be circular."
MISPLACED_IN_TASK = "{field} not applicable for {platform}."
NETWORK_MODE = "networkMode is only applicable for MANAGED_INSTANCES."
IPC_MODE_ON_FARGATE = "ipcMode is not applicable for Fargate."
TIMEOUT_ON_FARGATE = "{field} must be at most 120 seconds for Fargate, got {value}."

# Pods: documented rules, assumed texts.
POD_KEY_PREFIX = "The prefix {value} of the pod {kind} key does not match a valid pattern."
SECCOMP_PATH_REQUIRED = "localhostProfile is required for seccompProfile type Localhost."
SECCOMP_PATH_MISPLACED = "localhostProfile is not applicable for seccompProfile type {type}."

# Nodes: documented rules, assumed texts.
NODE_RANGE_BACKWARDS = "Node range error {value}. Node range should not end before it starts"
NODE_RANGES_MIXED = "Either all node ranges must use eksProperties or none."
NODE_NAMESPACES = "The namespace must be the same in all node ranges."

# Compute environments: documented rules, assumed texts.
SUBNETS_REQUIRED = "Subnets are required."
EKS_MANAGED_ONLY = "EKS Compute Environments must be of type MANAGED."
EKS_SERVICE_ROLE = "serviceRole is not applicable for EKS Compute Environments."
MANAGED_INSTANCES_PROVIDER_REQUIRED = (
    "managedInstancesProvider is required for ECS_MANAGED_INSTANCES."
)
MANAGED_INSTANCES_ONLY = "{field} is only applicable for ECS_MANAGED_INSTANCES."

# Job queues: documented rules, assumed texts.
BOTH_ORDERS = "Cannot use both computeEnvironmentOrder and serviceEnvironmentOrder."

# Jobs: documented limits, assumed texts.
ARRAY_SIZE = "Array size must be between 2 and 10000."
DEPENDENCY_WITHOUT_JOB = "Each item of dependsOn must have a jobId or be of type SEQUENTIAL."
N_TO_N_WITHOUT_JOB = "A dependency of type N_TO_N must have a jobId."
DEPENDENCY_NEEDS_ARRAY = "A dependency of type {type} is only applicable for array jobs."
OVERRIDE_WITHOUT_NAME = "Container name is required in ecsPropertiesOverride."
NODE_NOT_CANCELLABLE = "Job id {value} is not valid: a node cannot be ended without its job."
MALFORMED_JOB_ID = "Job id {value} is not valid."
LIST_JOBS_SELECTOR = "Exactly one of jobQueue, arrayJobId or multiNodeJobId must be specified."
ONE_FILTER = "Only one filter can be specified."
FILTER_WITHOUT_NAME = "A filter must have a name."
FILTER_WITHOUT_VALUES = "Filter {name} must have at least one value."
JOB_QUEUES_CLASH = "JobQueues and MaxResults cannot both be set"
SERVICE_ENVIRONMENTS_CLASH = "ServiceEnvironments and MaxResults cannot both be set"
JOB_DEFINITIONS_CLASH = "JobDefinitions and MaxResults cannot both be set"
JOB_QUEUE_REQUIRED = "jobQueue must be specified."
PAYLOAD_SIZE = "serviceRequestPayload must be at most 10240 bytes long, got {count}."

# Service jobs, service environments, quota shares: assumed, but for what a borrowLimit belongs to.
RETRY_RULE_WITHOUT_ACTION = "An item of evaluateOnExit must have an action."
INCOMPLETE_CAPACITY_LIMIT = "A capacity limit must have a capacityUnit and a maxCapacity."
BORROW_LIMIT_MISPLACED = "borrowLimit is only applicable for the strategy LEND_AND_BORROW."
