"""The engine as one object: operations by name, from any thread."""

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest
from botocore.session import get_session

from lab_emulators.aws.errors import AwsError
from lab_emulators.aws.xray.engine import XRay

Document = Callable[..., dict[str, Any]]


def test_every_operation_is_one_of_the_service(xray: XRay) -> None:
    known = get_session().get_service_model("xray").operation_names
    assert xray.operations <= set(known)
    assert {"PutTraceSegments", "GetTraceSummaries"} <= xray.operations


def test_an_operation_we_lack_is_refused_by_name(xray: XRay) -> None:
    with pytest.raises(AwsError, match=r"not emulated locally: xray\.GetInsight$"):
        xray.call("GetInsight", {})


def test_answers_are_json(xray: XRay, put: Any, document: Document) -> None:
    put(document(fault=True, annotations={"a": 1}))
    asked = {"StartTime": 0, "EndTime": 3600}
    answer = xray.call("GetTraceSummaries", asked)
    assert json.loads(json.dumps(answer)) == answer


def test_writers_and_readers_at_once_lose_nothing(
    xray: XRay, document: Document
) -> None:
    texts = [json.dumps(document(trace_id=trace(n))) for n in range(60)]
    faults: list[BaseException] = []

    def work(own: list[str]) -> None:
        try:
            for text in own:
                xray.call("PutTraceSegments", {"TraceSegmentDocuments": [text]})
                xray.call("GetTraceSummaries", {"StartTime": 0, "EndTime": 3600})
        except BaseException as error:  # noqa: BLE001 - told to the test
            faults.append(error)

    threads = [threading.Thread(target=work, args=(texts[n::4],)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = xray.call("GetTraceSummaries", {"StartTime": 0, "EndTime": 3600})
    assert faults == []
    assert len(found["TraceSummaries"]) == 60


def trace(number: int) -> str:
    return f"1-65600000-{number:024x}"
