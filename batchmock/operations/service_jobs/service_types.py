"""The types of service jobs. To add a type, add a module to this package and a row here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from batchmock.operations.service_jobs.sagemaker_training import SageMakerTraining
from batchmock.simulation.service_jobs.kind import ServiceKind

SERVICE_TYPES: Final[Mapping[str, ServiceKind]] = {
    kind.name: kind for kind in (SageMakerTraining(),)
}
