"""
An EC2 instance of a compute environment as DescribeInstances shows it.

Source: Instance in the API reference of Amazon EC2 (documented); what comes from `computeResources` as
documented there; the tag AWSBatchServiceTag (documented: the policies of AWS Batch require it).
"""

from __future__ import annotations

from hashlib import blake2b
from math import ceil
from typing import Any, Final

from batchmock.observe.neighbours.instances import Instance
from batchmock.operations.compute_environments.resources import ARM64, architecture_of

Detail = dict[str, Any]

#: The key of the tag that AWS Batch gives to its instances.
SERVICE_TAG: Final = "AWSBatchServiceTag"

_PENDING: Final = (0, "pending")
_RUNNING: Final = (16, "running")
_TERMINATED: Final = (48, "terminated")


def reservation(instance: Instance, now_ms: int) -> Detail:
    """Return the reservation of an instance; each has one of its own (assumed)."""
    return {
        "ReservationId": f"r-{_digits(instance, 'reservation')}",
        "OwnerId": instance.region.account_id,
        "Groups": [],
        "Instances": [instance_detail(instance, now_ms)],
    }


def state(instance: Instance, now_ms: int) -> tuple[int, str]:
    """Return the code and the name of the state of an instance."""
    if instance.is_terminated:
        return _TERMINATED
    return _RUNNING if instance.host.ready_at_ms <= now_ms else _PENDING


def tags(instance: Instance) -> dict[str, str]:
    """Return the tags of an instance."""
    return {**instance.resources.get("tags", {}), SERVICE_TAG: "batch"}


def instance_detail(instance: Instance, now_ms: int) -> Detail:
    """Return an instance; one that has ended has no addresses, network or security groups."""
    host = instance.host
    code, name = state(instance, now_ms)
    resources = instance.resources
    detail: Detail = {
        "AmiLaunchIndex": 0,
        "Architecture": architecture(instance),
        "BlockDeviceMappings": [],
        "ClientToken": "",
        "CpuOptions": _cpu_options(instance),
        "EbsOptimized": False,
        "EnaSupport": True,
        "Hypervisor": "xen",
        "ImageId": image_id(instance),
        "InstanceId": host.instance_id,
        "InstanceType": host.instance_type,
        "LaunchTime": host.launched_at_ms,
        "Monitoring": {"State": "disabled"},
        "NetworkInterfaces": [],
        "Placement": {
            "AvailabilityZone": availability_zone(instance),
            "GroupName": resources.get("placementGroup", ""),
            "Tenancy": "default",
        },
        "PrivateDnsName": "",
        "ProductCodes": [],
        "PublicDnsName": "",
        "RootDeviceName": "/dev/xvda",
        "RootDeviceType": "ebs",
        "SecurityGroups": [],
        "State": {"Code": code, "Name": name},
        "StateTransitionReason": "",
        "Tags": [{"Key": key, "Value": value} for key, value in tags(instance).items()],
        "VirtualizationType": "hvm",
    }
    if is_spot(instance):
        detail["InstanceLifecycle"] = "spot"
    if "ec2KeyPair" in resources:
        detail["KeyName"] = resources["ec2KeyPair"]
    if instance.is_terminated:
        return {**detail, "StateReason": _reason_of_end()}
    return {**detail, **_network(instance)}


def _reason_of_end() -> Detail:
    code = "Server.InstanceTermination"
    return {"Code": code, "Message": f"{code}: Instance terminated"}


def _network(instance: Instance) -> Detail:
    address = private_ip(instance)
    groups = instance.resources.get("securityGroupIds", [])
    return {
        "PrivateDnsName": private_dns_name(instance),
        "PrivateIpAddress": address,
        "SecurityGroups": [{"GroupId": group, "GroupName": group} for group in groups],
        "SourceDestCheck": True,
        "SubnetId": subnet_id(instance),
        "VpcId": vpc_id(instance),
    }


def architecture(instance: Instance) -> str:
    """Return `x86_64` or `arm64`."""
    is_arm = architecture_of([instance.host.instance_type]) == ARM64
    return "arm64" if is_arm else "x86_64"


def availability_zone(instance: Instance) -> str:
    """Return the availability zone, which is always the first of the region."""
    return f"{instance.region.name}a"


def image_id(instance: Instance) -> str:
    """Return the image of the environment, or a made-up one."""
    given: str | None = instance.resources.get("imageId")
    return given or f"ami-{_digits(instance, architecture(instance), of_host=False)}"


def is_spot(instance: Instance) -> bool:
    """Return whether it is a Spot Instance."""
    return bool(instance.resources.get("type") == "SPOT")


def private_ip(instance: Instance) -> str:
    """Return the private address."""
    digits = _digits(instance, "address")
    return f"10.0.{int(digits[:2], 16)}.{int(digits[2:4], 16)}"


def private_dns_name(instance: Instance) -> str:
    """Return the name of the private address."""
    name, region = private_ip(instance).replace(".", "-"), instance.region.name
    domain = "ec2.internal" if region == "us-east-1" else f"{region}.compute.internal"
    return f"ip-{name}.{domain}"


def subnet_id(instance: Instance) -> str:
    """Return the first subnet of the environment."""
    subnets: list[str] = instance.resources.get("subnets") or ["subnet-00000000000000000"]
    return subnets[0]


def vpc_id(instance: Instance) -> str:
    """Return the made-up network of the subnet."""
    digits = blake2b(subnet_id(instance).encode(), digest_size=9).hexdigest()
    return f"vpc-{digits[:17]}"


def _cpu_options(instance: Instance) -> dict[str, int]:
    vcpus = ceil(instance.host.total.milli_vcpus / 1000)
    threads = 1 if architecture(instance) == "arm64" or vcpus % 2 else 2
    return {"CoreCount": vcpus // threads, "ThreadsPerCore": threads}


def _digits(instance: Instance, what: str, *, of_host: bool = True) -> str:
    """Return 17 hexadecimal digits for an id that belongs to an instance, or to its region."""
    owner = instance.host.instance_id if of_host else instance.region.name
    return blake2b(f"{owner} {what}".encode(), digest_size=9).hexdigest()[:17]
