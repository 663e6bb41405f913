"""Many clients at once while everything is emptied: nobody is stuck or sees a fault."""

import contextlib
import threading
import time

from botocore.exceptions import ClientError

SECONDS = 4
TOLD = {  # what may be said of things that were there a moment ago
    "ResourceNotFoundException",
    "ResourceAlreadyExistsException",
    "ServiceUnavailable",
    "ThrottlingException",
}


def put(logs, cloudwatch, stream):
    """Make what is missing, then log and measure once."""
    with contextlib.suppress(logs.exceptions.ResourceAlreadyExistsException):
        logs.create_log_group(logGroupName="g")
    with contextlib.suppress(logs.exceptions.ResourceAlreadyExistsException):
        logs.create_log_stream(logGroupName="g", logStreamName=stream)
    events = [{"timestamp": int(time.time() * 1000), "message": '{"n": 1}'}]
    logs.put_log_events(logGroupName="g", logStreamName=stream, logEvents=events)
    data = [{"MetricName": stream, "Value": 1}]
    cloudwatch.put_metric_data(Namespace="N", MetricData=data)


def query(logs):
    """The state that one query of Logs Insights ends in."""
    span = {"startTime": int(time.time()) - 60, "endTime": int(time.time()) + 60}
    text = "stats sum(n) by bin(1m)"
    asked = logs.start_query(logGroupName="g", queryString=text, **span)
    while True:
        status = logs.get_query_results(queryId=asked["queryId"])["status"]
        if status not in ("Scheduled", "Running"):
            return status
        time.sleep(0.01)


def test_writers_and_readers_go_on_through_resets(client, cloud, caplog):
    end = time.monotonic() + SECONDS
    unexpected = []

    def repeat(action, *given):
        while time.monotonic() < end:
            try:
                action(*given)
            except ClientError as error:
                if error.response["Error"]["Code"] not in TOLD:
                    unexpected.append(error)

    logs, cloudwatch = client("logs"), client("cloudwatch")
    work = [(put, logs, cloudwatch, f"s{n}") for n in range(4)] + [(query, logs)] * 2
    threads = [threading.Thread(target=repeat, args=each) for each in work]
    for thread in threads:
        thread.start()
    for _ in range(3):
        time.sleep(SECONDS / 5)
        cloud.reset()
    for thread in threads:
        thread.join(timeout=60)
    assert not any(thread.is_alive() for thread in threads)
    assert unexpected == []
    assert "Traceback" not in caplog.text
    put(logs, cloudwatch, "after")
    assert query(logs) == "Complete"
