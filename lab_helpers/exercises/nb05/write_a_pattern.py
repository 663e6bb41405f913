"""Exercise: a filter pattern for what failed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
from botocore.exceptions import ClientError, ParamValidationError

from lab_helpers.exercises.catalog import Exercise, Namespace, Wrong
from lab_helpers.exercises.checking.values import described
from lab_helpers.exercises.context import Context
from lab_helpers.exercises.verdict import Miss

# Name → (fields of the line, whether it should match). Lines of the page's own hook.
# Each stands for a pattern that is nearly right: only 500 and 503, all above 404, all
# but routes that contain the word health, the level instead of the status.
DESIGNED: dict[str, tuple[dict[str, Any], bool]] = {
    "a request that failed": (
        {"level": "ERROR", "status": 500, "route": "/api/search"},
        True,
    ),
    "a request answered 503": (
        {"level": "ERROR", "status": 503, "route": "/api/feed/home"},
        True,
    ),
    "a request answered 502": (
        {"level": "ERROR", "status": 502, "route": "/api/search"},
        True,
    ),
    "a page about health that failed": (
        {"level": "ERROR", "status": 500, "route": "/api/health-tips"},
        True,
    ),
    "a request that went well, of 500 ms": (
        {"level": "INFO", "status": 200, "route": "/api/search", "duration_ms": 500},
        False,
    ),
    "a page that does not exist": (
        {"level": "WARNING", "status": 404, "route": "None"},
        False,
    ),
    "a call that the app refused": (
        {"level": "WARNING", "status": 422, "route": "/api/calls"},
        False,
    ),
    "a health check that failed": (
        {"level": "ERROR", "status": 500, "route": "/health"},
        False,
    ),
    "an error that was tried again": (
        {"level": "ERROR", "status": 200, "route": "/api/search"},
        False,
    ),
}


def check(names: Namespace, context: Context) -> None:
    """CloudWatch itself says which of the designed lines the pattern matches."""
    pattern = names["failures"]
    if not isinstance(pattern, str):
        raise Miss(f"failures should be a string; it is {described(pattern)}")
    lines = [json.dumps(fields) for fields, _ in DESIGNED.values()]
    matched = _matched(pattern, lines)
    faults = list(_faults(matched))
    if faults:
        raise Miss("\n".join(faults))


def _faults(matched: set[int]) -> Iterator[str]:
    for number, (name, (fields, expected)) in enumerate(DESIGNED.items(), start=1):
        if expected and number not in matched:
            yield f"{name} should match, and does not: {json.dumps(fields)}"
        if not expected and number in matched:
            yield f"{name} should not match: {json.dumps(fields)}"


def _matched(pattern: str, lines: list[str]) -> set[int]:
    """The numbers of the lines that match, from 1."""
    try:
        answer = boto3.client("logs").test_metric_filter(
            filterPattern=pattern, logEventMessages=lines
        )
    except ParamValidationError as error:
        raise Miss(f"boto3 refuses the pattern: {error}") from None
    except ClientError as error:
        message = error.response["Error"]["Message"]
        raise Miss(f"CloudWatch refuses the pattern: {message}") from None
    return {match["eventNumber"] for match in answer["matches"]}


PATTERN = """\
failures = '{ $.status >= 500 && $.route != "/health" }'
"""

EXERCISE = Exercise(
    name="write_a_pattern",
    title="Write a pattern",
    answer=("failures",),
    check=check,
    hints=(
        "Look at the patterns with braces above: which of the seven lines did they "
        "match, and by which fields?",
        "A pattern for JSON stands in braces, $.status is the field status; && joins "
        "two conditions, and text stands in double quotes.",
        '{ $.status >= 500 && $.route != "/health" }, as a Python string.',
    ),
    solution=PATTERN,
    lesson="A selector for each field, and 500 is a status and nothing else.",
    right={
        "above 499": "failures = '{ $.status > 499 && $.route != \"/health\" }'",
        "the route first": (
            "failures = '{ $.route != \"/health\" && $.status >= 500 }'"
        ),
        "each condition in parentheses": (
            "failures = '{ ($.status >= 500) && ($.route != \"/health\") }'"
        ),
        "double quotes outside": (
            'failures = "{ $.status >= 500 && $.route != \\"/health\\" }"'
        ),
        "between two statuses": (
            "failures = '{ $.status >= 500 && $.status < 600 "
            '&& $.route != "/health" }\''
        ),
    },
    wrong={
        "all above 404": Wrong(
            "failures = '{ $.status > 404 && $.route != \"/health\" }'",
            "a call that the app refused should not match",
        ),
        "two statuses": Wrong(
            "failures = '{ ($.status = 500 || $.status = 503) "
            '&& $.route != "/health" }\'',
            "a request answered 502 should match, and does not",
        ),
        "the word health anywhere": Wrong(
            "failures = '{ $.status >= 500 && $.route != \"*health*\" }'",
            "a page about health that failed should match, and does not",
        ),
        "no string": Wrong("failures = {500}", "it is {500} (a set)"),
        "only a word": Wrong(
            "failures = '500'", "a request answered 503 should match, and does not"
        ),
        "the level": Wrong(
            "failures = '{ $.level = \"ERROR\" }'",
            "a health check that failed should not match",
        ),
        "health checks left in": Wrong(
            "failures = '{ $.status >= 500 }'",
            "a health check that failed should not match",
        ),
        "only 500": Wrong(
            "failures = '{ $.status = 500 && $.route != \"/health\" }'",
            "a request answered 503 should match, and does not",
        ),
        "the level, without health checks": Wrong(
            'failures = \'{ $.level = "ERROR" && $.route != "/health" }\'',
            "an error that was tried again should not match",
        ),
        "words with question marks": Wrong(
            "failures = '?500 ?503 -health'",
            "a request that went well, of 500 ms should not match",
        ),
        "no dollar": Wrong(
            "failures = '{ status >= 500 && route != \"/health\" }'",
            "CloudWatch refuses the pattern",
        ),
        "Python's and": Wrong(
            "failures = '{ $.status >= 500 and $.route != \"/health\" }'",
            "CloudWatch refuses the pattern",
        ),
    },
)
