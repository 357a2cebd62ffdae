"""Resources that a mock creates for a test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from batchmock.mock.parts import Parts
from batchmock.nearest import suggests_parameters

if TYPE_CHECKING:
    from batchmock.provisioning.results import Provisioned, ProvisionedServiceJobs


class SettingUp(Parts):
    """Set up everything that SubmitJob or SubmitServiceJob needs in one call."""

    @suggests_parameters
    def provision(
        self,
        job_queue: str = "job-queue",
        job_definition: str = "job-definition",
        compute_environment: str = "compute-environment",
        max_vcpus: int = 1_000_000,
        fargate: bool = False,
        vcpus: float = 1,
        memory_mib: int = 128,
        *,
        region: str | None = None,
        instance_types: Sequence[str] = ("optimal",),
        shares: Mapping[str, float] | None = None,
        consumable_resources: Mapping[str, int] | None = None,
    ) -> Provisioned:
        """
        Create a compute environment, a job queue and a job definition; existing ones are kept.

        Args:
            job_queue: the name of the queue.
            job_definition: the name of the job definition.
            compute_environment: the name of the environment that the queue uses.
            max_vcpus: the environment's `maxvCpus`; the default has room for all jobs of a typical test.
            fargate: whether environment and definition are for Fargate instead of EC2.
            vcpus: the vCPUs of the definition.
            memory_mib: the memory of the definition; on Fargate rounded up to a size valid for `vcpus`.
            region: the region, by default that of the mock.
            instance_types: the instance types of the environment; not with `fargate`.
            shares: share identifiers, or prefixes that end with `*`, each with its weight factor. They
                make the queue a fair-share queue, with a scheduling policy of the queue's name. An empty
                mapping gives all shares the same weight.
            consumable_resources: the total quantity of each consumable resource to create, by name.

        Returns:
            The names and ARNs of the three.

        Raises:
            BatchMockError: AWS Batch would refuse one of these; nothing was created.
        """
        from batchmock.provisioning.for_jobs import provision

        with self._lock:
            return provision(
                self._region(region),
                job_queue=job_queue,
                job_definition=job_definition,
                compute_environment=compute_environment,
                max_vcpus=max_vcpus,
                fargate=fargate,
                vcpus=vcpus,
                memory_mib=memory_mib,
                instance_types=instance_types,
                shares=shares,
                consumable_resources=consumable_resources or {},
            )

    @suggests_parameters
    def provision_service_jobs(
        self,
        job_queue: str = "service-job-queue",
        service_environment: str = "service-environment",
        max_instances: int = 256,
        instance_type: str | None = None,
        quota_shares: Mapping[str, int] | None = None,
        *,
        region: str | None = None,
    ) -> ProvisionedServiceJobs:
        """
        Create a service environment and a queue for service jobs; existing ones are kept.

        Args:
            job_queue: the name of the queue, of type SAGEMAKER_TRAINING.
            service_environment: the name of the environment that the queue uses.
            max_instances: the number of instances that all service jobs may use together.
            instance_type: their type, e.g. `ml.m5.large`; by default instances of any type.
            quota_shares: names of quota shares, each with its number of instances of `instance_type`;
                they lend and borrow, and preempt their own jobs. The queue then uses quota shares.
            region: the region, by default that of the mock.

        Returns:
            The names and ARNs of the created or existing resources.

        Raises:
            BatchMockError: AWS Batch would refuse a name, a type or a number.
        """
        from batchmock.provisioning.for_service_jobs import provision_service_jobs

        with self._lock:
            return provision_service_jobs(
                self._region(region),
                job_queue=job_queue,
                service_environment=service_environment,
                max_instances=max_instances,
                instance_type=instance_type,
                quota_shares=quota_shares or {},
            )
