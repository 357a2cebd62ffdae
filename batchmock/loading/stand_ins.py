"""
Made-up values that only a deployment knows: ids and ARNs of resources of other services.

Each is derived from the name of the resource, so that equal references stay equal.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any, Final

from batchmock.operations.region import Region


class StandIn(str):
    """Made-up text; the member that receives it determines its form."""

    __slots__ = ()


#: The prefix of ids, by the resource type's last part and by the plain name of the member that takes one.
_ID_PREFIXES: Final[Mapping[str, str]] = {
    "subnet": "subnet-",
    "subnets": "subnet-",
    "subnetid": "subnet-",
    "securitygroup": "sg-",
    "securitygroups": "sg-",
    "securitygroupid": "sg-",
    "securitygroupids": "sg-",
    "groupid": "sg-",
    "vpc": "vpc-",
    "vpcid": "vpc-",
    "launchtemplate": "lt-",
    "launchtemplateid": "lt-",
    "image": "ami-",
    "imageid": "ami-",
    "imageidoverride": "ami-",
    "instance": "i-",
    "filesystem": "fs-",
    "filesystemid": "fs-",
    "accesspoint": "fsap-",
    "accesspointid": "fsap-",
    "natgateway": "nat-",
    "internetgateway": "igw-",
    "routetable": "rtb-",
}

#: The types whose `Ref` is an ARN, with the service and the beginning of the resource.
_ARNS: Final[Mapping[str, tuple[str, str]]] = {
    "AWS::SNS::Topic": ("sns", ""),
    "AWS::SecretsManager::Secret": ("secretsmanager", "secret:"),
    "AWS::StepFunctions::StateMachine": ("states", "stateMachine:"),
    "AWS::Serverless::StateMachine": ("states", "stateMachine:"),
    "AWS::ECS::TaskDefinition": ("ecs", "task-definition/"),
    "AWS::ElasticLoadBalancingV2::TargetGroup": ("elasticloadbalancing", "targetgroup/"),
}

#: The types whose names have no upper case.
_LOWER_CASE: Final = ("AWS::S3::Bucket", "AWS::ECR::Repository")

_RESOURCES: Final[Mapping[str, str]] = {
    "role": "role/",
    "instanceprofile": "instance-profile/",
    "policy": "policy/",
    "managedpolicy": "policy/",
    "user": "user/",
    "secret": "secret:",
    "parameter": "parameter/",
    "cluster": "cluster/",
    "repository": "repository/",
    "loggroup": "log-group:",
    "function": "function:",
    "statemachine": "stateMachine:",
    "table": "table/",
    "key": "key/",
    "accesspoint": "access-point/",
    "filesystem": "file-system/",
    "rule": "rule/",
}


#: The made-up amounts of members for which AWS Batch does not accept 1, in lower case.
_AMOUNTS: Final[Mapping[str, int]] = {
    "attemptdurationseconds": 3600,
    "memory": 2048,
    "sizeingib": 21,
}


def amount_of(member: str) -> int:
    """Return a made-up amount for a member, or for the resource of a requirement, such as `MEMORY`."""
    return _AMOUNTS.get(member.lower(), 1)


def digits(name: str) -> str:
    """Return the seventeen digits of an id, derived from a name."""
    return blake2b(name.encode(), digest_size=16).hexdigest()[:17]


def id_of(kind: str, name: str) -> str | None:
    """Return an id of a kind of resource, e.g. `subnet-0a…`; None for kinds that have names."""
    prefix = _ID_PREFIXES.get(kind.lower())
    return None if prefix is None else prefix + digits(f"{prefix}{name}")


def reference_to(region: Region, resource_type: str, name: str) -> StandIn:
    """Return what `Ref` returns for a resource of another service."""
    kind = resource_type.rpartition("::")[2]
    if resource_type in _ARNS:
        service, start = _ARNS[resource_type]
        return StandIn(region.foreign_arn(service, f"{start}{name}"))
    if resource_type == "AWS::SQS::Queue":
        return StandIn(f"https://sqs.{region.name}.amazonaws.com/{region.account_id}/{name}")
    made = id_of(kind, name) or name
    return StandIn(made.lower() if resource_type in _LOWER_CASE else made)


def attribute_of(region: Region, resource_type: str, name: str, attribute: str) -> StandIn:
    """Return what `Fn::GetAtt` returns for a resource of another service."""
    last = attribute.rpartition(".")[2]
    kind = resource_type.rpartition("::")[2]
    if last in ("Arn", f"{kind}Arn"):
        return StandIn(_arn(region, resource_type, name))
    if last.endswith("Arn"):
        # Of something else, such as an output of a nested stack.
        return StandIn(_arn(region, resource_type, f"{name}-{last}"))
    if last.endswith("VersionNumber"):
        return StandIn("1")
    if last == "RepositoryUri":
        host = f"{region.account_id}.dkr.ecr.{region.name}.amazonaws.com"
        return StandIn(f"{host}/{name.lower()}")
    if last == f"{kind}Id" or last == "Id":
        return StandIn(id_of(kind, name) or name)
    return StandIn(id_of(last, name) or f"{name}-{last}")


def _arn(region: Region, resource_type: str, name: str) -> str:
    _, _, rest = resource_type.partition("::")
    service, _, kind = rest.lower().partition("::")
    resource = f"{_RESOURCES.get(kind, '')}{id_of(kind, name) or name}"
    if service == "iam":
        return region.iam_arn(resource)
    if service == "s3":
        return region.iam_arn(name).replace(f":iam::{region.account_id}:", ":s3:::").lower()
    return region.foreign_arn({"serverless": "lambda"}.get(service, service), resource)


def of_type(parameter_type: str, name: str) -> StandIn:
    """Return a value for a parameter that only AWS can fill in, e.g. `AWS::EC2::Image::Id`."""
    parts = re.findall(r"AWS::EC2::(\w+)::Id", parameter_type)
    made = id_of(parts[0], name) if parts else None
    return StandIn(made or joined_path(name) or "value")


def joined_path(name: str) -> str:
    """Return the name of an SSM parameter with hyphens for slashes, which names of Batch cannot have."""
    return name.strip("/").replace("/", "-")


def well_formed(value: Any, member: str, region: Region) -> str:
    """Return a made-up value in the form that a member requires."""
    text = str(value)
    name = member.lower()
    if name == "image":
        # Of a container. A repository's URI has no tag of its own.
        return text if any(mark in text for mark in (":", "@", ".dkr.ecr.")) else f"{text}:1"
    prefix = _ID_PREFIXES.get(name)
    if prefix is not None:
        return text if text.startswith(prefix) else f"{prefix}{digits(text)}"
    if text.startswith("arn:") or "role" not in name:
        return text
    return region.iam_arn(f"role/{re.sub(r'[^A-Za-z0-9_+=,.@-]', '-', text)}")
