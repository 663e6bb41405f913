"""CloudTrail's view of the account: one record per successful mutating call.

The records have the shape of CloudTrail's ("CloudTrail record contents", AWS
CloudTrail User Guide). Like a trail by default, the recorder keeps management events
and leaves out data events: objects, messages, items, log lines, metrics, segments.
Where CloudTrail's casing of request parameters is known from its published examples
it is followed; everywhere else the first letter is lowered.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

from lab_emulators.aws.errors import AwsError
from lab_emulators.aws.gateway.call import ApiCall

Record = dict[str, Any]

LARGEST_NUMBER = 2000
"""Records in memory; the oldest go first."""

_READS = (
    "BatchGet", "Check", "Describe", "Detect", "Estimate", "Filter", "Get", "Head",
    "List", "Lookup", "Preview", "Query", "Receive", "Scan", "Search", "Select",
    "Simulate", "Test", "Validate", "View",
)  # fmt: skip
_READ_TOO = frozenset({"logs.StartQuery", "logs.StopQuery", "logs.StartLiveTail"})
# CloudTrail's names where they are not the operation's own.
_EVENT_NAMES = {
    "s3.PutPublicAccessBlock": "PutBucketPublicAccessBlock",
    "s3.DeletePublicAccessBlock": "DeleteBucketPublicAccessBlock",
    "s3.GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "s3.PutBucketLifecycleConfiguration": "PutBucketLifecycle",
}
_PARAMETER_NAMES = {
    "s3.Bucket": "bucketName",
    "s3.ACL": "x-amz-acl",
    "s3.Policy": "bucketPolicy",
    "ec2.UserIdGroupPairs": "groups",
}
_AS_SENT = {"s3"}  # the members of what is sent as XML keep their names
_OF_THE_SDK = {"ChecksumAlgorithm", "ContentMD5", "ContentSHA256", "MpuObjectSize"}
_SECRET = {
    "Password", "NewPassword", "OldPassword", "SecretString", "SecretBinary",
    "ssm.Value",
}  # fmt: skip
_HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"


def is_recorded(call: ApiCall) -> bool:
    """True if a success of this call changes the account (a management event)."""
    read = call.operation.startswith(_READS) or call.name in _READ_TOO
    data = call.operation in call.facts.data_events
    return bool(call.operation) and not read and not data


class Recorder:
    """The last records, oldest first; listeners hear of each one as it is made."""

    def __init__(
        self,
        account: str,
        *,
        clock: Callable[[], float] = time.time,
        largest_number: int = LARGEST_NUMBER,
    ) -> None:
        self._account = account
        self._clock = clock
        self._records: deque[Record] = deque(maxlen=largest_number)
        self._listeners: list[Callable[[Record], None]] = []
        self._lock = threading.Lock()

    def listen(self, listener: Callable[[Record], None]) -> None:
        """Calls `listener` with every record from now on, in the caller's thread."""
        self._listeners.append(listener)

    def record(self, call: ApiCall, request_id: str) -> Record:
        """Makes and stores the record of one successful call."""
        record = self._record_of(call)
        record |= {"userAgent": call.request.header("User-Agent")}
        record |= {"requestID": request_id}
        with self._lock:
            self._records.append(record)
        for listener in self._listeners:
            listener(record)
        return record

    def records(self) -> list[Record]:
        """The records in memory, oldest first."""
        with self._lock:
            return list(self._records)

    def reset(self) -> None:
        """Removes every record; listeners stay."""
        with self._lock:
            self._records.clear()

    def _record_of(self, call: ApiCall) -> Record:
        at = datetime.fromtimestamp(self._clock(), UTC)
        return {
            "eventVersion": "1.11",
            "userIdentity": self._identity(call),
            "eventTime": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "eventSource": f"{_source(call)}.amazonaws.com",
            "eventName": _EVENT_NAMES.get(call.name, call.operation),
            "awsRegion": call.scope.region,
            "sourceIPAddress": "127.0.0.1",
            "requestParameters": _parameters_of(call),
            "responseElements": None,
            "eventID": str(uuid4()),
            "readOnly": False,
            "eventType": "AwsApiCall",
            "managementEvent": True,
            "recipientAccountId": self._account,
            "eventCategory": "Management",
        }

    def _identity(self, call: ApiCall) -> Record:
        return {
            "type": "Root",
            "principalId": self._account,
            "arn": f"arn:aws:iam::{self._account}:root",
            "accountId": self._account,
            "accessKeyId": call.scope.access_key_id,
        }


def _parameters_of(call: ApiCall) -> dict[str, Any] | None:
    try:
        return request_parameters(call.service, call.parameters)
    except AwsError:  # moto answered what we cannot read
        return None


def request_parameters(
    service: str, parameters: Mapping[str, Any]
) -> dict[str, Any] | None:
    """Parameters in botocore's names → `requestParameters`; None without any."""
    sent = {k: v for k, v in parameters.items() if k not in _OF_THE_SDK}
    cased = {
        _cased(service, k): _parameter_value(service, k, v) for k, v in sent.items()
    }
    return {k: v for k, v in cased.items() if v is not None} or None


def _cased(service: str, name: str) -> str:
    known = _PARAMETER_NAMES.get(f"{service}.{name}")
    if known is not None:
        return known
    return name.lower() if name.isupper() else name[:1].lower() + name[1:]


def _parameter_value(service: str, name: str, value: Any) -> Any:
    if not _SECRET.isdisjoint({name, f"{service}.{name}"}):
        return _HIDDEN
    if isinstance(value, Mapping):
        inner = value if service in _AS_SENT else None
        return {
            (k if inner is not None else _cased(service, k)): _parameter_value(
                service, k, v
            )
            for k, v in value.items()
        }
    if isinstance(value, list | tuple):
        items = [_parameter_value(service, "", item) for item in value]
        return {"items": items} if service == "ec2" else items
    if isinstance(value, date):
        return value.isoformat()
    return None if isinstance(value, bytes) or hasattr(value, "read") else value


def _source(call: ApiCall) -> str:
    model = call.model.service_model if call.model else None
    return str(model.endpoint_prefix) if model else call.scope.service
