"""Send the events of a mock to EventBridge with PutEvents: to moto, or through the test's own client."""

from __future__ import annotations

from json import dumps
from typing import Any

from botocore.session import get_session

from batchmock.errors import BatchMockError
from batchmock.interception.neighbours.services import would_reach_aws


class EventBus:
    """
    An event bus that receives the events of a mock.

    Args:
        name: the name or ARN of the bus.
        client: a client of EventBridge; None to create one for each region.

    Raises:
        BatchMockError: the client belongs to another service.
    """

    def __init__(self, name: str, client: Any = None) -> None:
        self._name = name
        self._client = client
        self._clients: dict[str, Any] = {}
        if client is not None:
            meta = getattr(client, "meta", None)
            service = getattr(getattr(meta, "service_model", None), "service_name", None)
            if service != "events":
                raise BatchMockError(
                    f"batchmock: forward_events() was called with client={client!r}, which is not a client "
                    'of EventBridge. Pass what boto3.client("events") returned.'
                )

    def put(self, event: dict[str, Any]) -> None:
        """
        Put an event; source, detail-type, time, resources and detail are unchanged.

        Source: PutEvents (documented: the envelope gets a new id). The service itself refuses sources that
        begin with `aws.`; moto takes them.

        Raises:
            BatchMockError: the request would reach AWS, or the bus refuses the event.
        """
        entry = {
            "Time": event["time"],
            "Source": event["source"],
            "Resources": event["resources"],
            "DetailType": event["detail-type"],
            "Detail": dumps(event["detail"]),
            "EventBusName": self._name,
        }
        reply = self._client_for(event["region"]).put_events(Entries=[entry])
        if reply["FailedEntryCount"]:
            failed = reply["Entries"][0]
            raise BatchMockError(
                f"batchmock: event bus {self._name!r} refused an event of AWS Batch: "
                f"{failed.get('ErrorCode')}: {failed.get('ErrorMessage')}."
            )

    def _client_for(self, region: str) -> Any:
        if self._client is not None:
            return self._client
        client = self._clients.get(region)
        if client is None:
            client = self._clients[region] = get_session().create_client("events", region)
        if would_reach_aws(client.meta.endpoint_url):
            raise BatchMockError(
                "batchmock: an event was about to be sent to EventBridge at AWS. Start moto's mock_aws() "
                "before the clock moves, or pass forward_events() a client of your own."
            )
        return client
