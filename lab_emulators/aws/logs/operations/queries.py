"""Queries of Logs Insights: start, results, stop, describe.

They run in a few threads of their own. The results stay in memory for the seven days
that AWS keeps them, or until newer results need the space.
"""

import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from lab_emulators.aws.errors import AwsError
from lab_emulators.aws.logs.core import LogsCore, Operation, Parameters
from lab_emulators.aws.logs.errors import invalid
from lab_emulators.aws.logs.paging import page_of
from lab_emulators.aws.logs.query_execution import (
    ACTIVE,
    QueryExecution,
    QueryResults,
    QueryStatus,
)
from lab_emulators.aws.logs.query_request import INSIGHTS, query_request_of
from lab_emulators.aws.validation import check
from lab_emulators.store import StoreClosedError

MAX_CONCURRENT = 30  # StartQuery, API reference
KEPT_MS = 7 * 86_400_000  # CloudWatch Logs quotas, "Query results availability"
KEPT_QUERIES = 1000
KEPT_ROWS = 200_000
"""Rows of results in memory, over all queries; the oldest go first."""
PAGE = 10_000
PAGE_OF_QUERIES = 1000

_WORKERS = 2


@dataclass(frozen=True, slots=True)
class _Query:
    identity: str
    text: str
    groups: tuple[str, ...]
    execution: QueryExecution


def operations(core: LogsCore) -> Mapping[str, Operation]:
    """The operations on queries; `core.closing` ends what runs."""
    queries = Queries(core)
    core.closing.append(queries.close)
    return {
        "StartQuery": queries.start,
        "GetQueryResults": queries.results,
        "StopQuery": queries.stop,
        "DescribeQueries": queries.describe,
    }


class Queries:
    """The queries of one region."""

    def __init__(self, core: LogsCore) -> None:
        self._core = core
        self._lock = threading.Lock()
        self._queries: dict[str, _Query] = {}
        self._pool = ThreadPoolExecutor(_WORKERS, thread_name_prefix="logs-query")

    def start(self, parameters: Parameters) -> dict[str, Any]:
        """`StartQuery`; refuses a query that cannot be run, with its position."""
        check("logs", "StartQuery", parameters)
        question = query_request_of(parameters, self._core)
        execution = QueryExecution(question.answer, self._core.now_ms)
        identity = str(uuid4())
        query = _Query(identity, parameters["queryString"], question.groups, execution)
        with self._lock:
            self._make_room()
            self._queries[identity] = query
        self._submit(query)
        return {"queryId": identity}

    def results(self, parameters: Parameters) -> dict[str, Any]:
        """`GetQueryResults`: no rows before the query is complete."""
        check("logs", "GetQueryResults", parameters)
        query = self._query(parameters)
        status, answer = query.execution.status, query.execution.answer
        rows = answer.rows if answer else []
        size = parameters.get("maxItems") or PAGE
        page, rest = page_of(rows, parameters, size)
        return {
            "queryLanguage": INSIGHTS,
            "results": page,
            "statistics": _statistics(query, answer),
            "status": str(QueryStatus.COMPLETE if answer else status),
            **rest,
        }

    def stop(self, parameters: Parameters) -> dict[str, Any]:
        """`StopQuery`; InvalidParameterException for a query that has ended."""
        check("logs", "StopQuery", parameters)
        if not self._query(parameters).execution.stop():
            raise invalid("The specified query is not running.")
        return {"success": True}

    def describe(self, parameters: Parameters) -> dict[str, Any]:
        """`DescribeQueries`: the newest first."""
        check("logs", "DescribeQueries", parameters)
        with self._lock:
            known = list(self._queries.values())[::-1]
        criteria = parameters.get("logGroupName"), parameters.get("status")
        matching = [
            _described(query)
            for query in known
            if (criteria[0] is None or criteria[0] in query.groups)
            and criteria[1] in (None, query.execution.status)
            and parameters.get("queryLanguage") in (None, INSIGHTS)
        ]
        size = parameters.get("maxResults") or PAGE_OF_QUERIES
        page, rest = page_of(matching, parameters, size)
        return {"queries": page, **rest}

    def close(self) -> None:
        """Stops every query, and ends the threads."""
        with self._lock:
            left, self._queries = list(self._queries.values()), {}
        for query in left:
            query.execution.stop()
        self._pool.shutdown(cancel_futures=True)

    def _submit(self, query: _Query) -> None:
        try:
            self._pool.submit(query.execution.run, self._core.store.reader)
        except RuntimeError as error:  # closed between the call's arrival and now
            with self._lock:
                self._queries.pop(query.identity, None)
            raise StoreClosedError("the lab is stopping") from error

    def _query(self, parameters: Parameters) -> _Query:
        query = self._queries.get(parameters["queryId"])
        if query is None or self._age_ms(query) > KEPT_MS:
            text = "The specified query does not exist."
            raise AwsError("ResourceNotFoundException", text)
        return query

    def _make_room(self) -> None:
        """Removes the oldest results; LimitExceededException if too many run."""
        queries = list(self._queries.values())
        ended = [each for each in queries if each.execution.status not in ACTIVE]
        if len(queries) - len(ended) >= MAX_CONCURRENT:
            text = f"Account has reached the limit of {MAX_CONCURRENT} running queries."
            raise AwsError("LimitExceededException", text)
        rows = sum(map(_size, ended))
        for each in ended:
            full = len(self._queries) >= KEPT_QUERIES or rows > KEPT_ROWS
            if full or self._age_ms(each) > KEPT_MS:
                del self._queries[each.identity]
                rows -= _size(each)

    def _age_ms(self, query: _Query) -> int:
        return self._core.now_ms() - query.execution.created_ms


def _size(query: _Query) -> int:
    answer = query.execution.answer
    return len(answer.rows) if answer else 0


def _statistics(query: _Query, answer: QueryResults | None) -> dict[str, float]:
    """The statistics block; zeros as long as nothing is known."""
    known: Mapping[str, float] = answer.statistics if answer else {}
    return {
        "recordsMatched": float(known.get("recordsMatched", 0)),
        "recordsScanned": float(known.get("recordsScanned", 0)),
        "estimatedRecordsSkipped": 0.0,
        "bytesScanned": float(known.get("bytesScanned", 0)),
        "estimatedBytesSkipped": 0.0,
        "logGroupsScanned": float(len(query.groups)) if answer else 0.0,
    }


def _described(query: _Query) -> dict[str, Any]:
    execution = query.execution
    status, answer = execution.status, execution.answer
    ended = {"queryDuration": execution.ended_ms - execution.created_ms}
    scanned = (
        {"bytesScanned": float(answer.statistics["bytesScanned"])} if answer else {}
    )
    return {
        "queryLanguage": INSIGHTS,
        "queryId": query.identity,
        "queryString": query.text,
        "status": str(status),
        "createTime": execution.created_ms,
        "logGroupName": query.groups[0],
        **({} if status in ACTIVE else ended),
        **scanned,
    }
