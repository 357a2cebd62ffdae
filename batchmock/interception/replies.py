"""
Replies in the form in which botocore's parser would hand them on, and the errors among them.

Source: rest-json errors of AWS Batch as captured: code, HTTP status, `message` in lower case at the
top, `x-amzn-requestid` and `x-amzn-errortype` among the headers.
"""

from __future__ import annotations

from typing import Any

from batchmock.errors import ServiceError


class HttpReply:
    """The HTTP side of a reply, as far as botocore and its hooks look at it."""

    __slots__ = ("content", "headers", "status_code")

    def __init__(self, status_code: int, headers: dict[str, str]) -> None:
        self.status_code = status_code
        self.headers = headers
        self.content = b""

    def __repr__(self) -> str:
        return f"<HttpReply {self.status_code}>"


Reply = tuple[HttpReply, dict[str, Any]]


def success(parsed: dict[str, Any], request_id: str) -> Reply:
    """Give the reply of an operation that was carried out; `parsed` is completed in place."""
    headers = {"content-type": "application/json", "x-amzn-requestid": request_id}
    parsed["ResponseMetadata"] = _metadata(200, headers, request_id)
    return HttpReply(200, headers), parsed


def failure(error: ServiceError, request_id: str) -> Reply:
    """Give the reply of an operation that was refused; botocore raises the exception for its code."""
    text = error.text(request_id)
    headers = {
        "content-type": "application/json",
        "x-amzn-requestid": request_id,
        "x-amzn-errortype": error.code,
    }
    parsed = {
        "Error": {"Message": text, "Code": error.code},
        "ResponseMetadata": _metadata(error.http_status, headers, request_id),
        "message": text,
    }
    return HttpReply(error.http_status, headers), parsed


def _metadata(status: int, headers: dict[str, str], request_id: str) -> dict[str, Any]:
    return {
        "RequestId": request_id,
        "HTTPStatusCode": status,
        "HTTPHeaders": dict(headers),
        "RetryAttempts": 0,
    }
