"""Resources that a mock makes for a test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from batchmock.mock.parts import Parts

if TYPE_CHECKING:
    from batchmock.provisioning.for_jobs import Provisioned
    from batchmock.provisioning.for_service_jobs import ProvisionedServiceJobs


class SettingUp(Parts):
    """Everything that a SubmitJob or a SubmitServiceJob needs, in one call."""

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
        Make the three things that a SubmitJob needs, and what goes with them; what exists already is kept.

        Args:
            job_queue: the name of the queue.
            job_definition: the name of the job definition.
            compute_environment: the name of the environment that the queue uses.
            max_vcpus: the environment's `maxvCpus`; the default has room for all jobs of a test.
            fargate: whether environment and definition are of Fargate instead of EC2.
            vcpus: what the definition asks for.
            memory_mib: what the definition asks for; on Fargate the next size that goes with `vcpus`.
            region: where, if not in the mock's own region.
            instance_types: those of the environment; not with `fargate`.
            shares: share identifiers, or prefixes that end with `*`, each with its weight factor: makes
                the queue a fair-share queue, by a scheduling policy of the queue's name. Empty for
                one where all shares have the same weight.
            consumable_resources: consumable resources to make, by name, each with its total quantity.

        Returns:
            The names and ARNs of the three.

        Raises:
            BatchMockError: AWS Batch would refuse one of these; nothing has been made.
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
        Make what a SubmitServiceJob needs: an environment and a queue; what exists already is kept.

        Args:
            job_queue: the name of the queue, of type SAGEMAKER_TRAINING.
            service_environment: the name of the environment that the queue uses.
            max_instances: how many instances all service jobs may use together.
            instance_type: of which type, e.g. `ml.m5.large`; of whatever type if not given.
            quota_shares: names of quota shares, each with its number of instances of `instance_type`;
                they lend and borrow, and preempt within themselves. The queue is managed by quotas then.
            region: where, if not in the mock's own region.

        Returns:
            The names and ARNs of what was made or found.

        Raises:
            BatchMockError: a name, a type or a number is one that AWS Batch would refuse.
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
