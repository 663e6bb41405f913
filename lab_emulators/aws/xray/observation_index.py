"""Index of the observations of all traces: one array of rows, cached.

Each trace has its rows as bytes, computed again only when the trace was touched. The
array of all rows is built again only when the bytes of some trace are a new object.
"""

import json
import operator
import threading
from collections.abc import Mapping

from lab_emulators.aws.xray.core import Parameters, XRayCore
from lab_emulators.aws.xray.errors import invalid_request
from lab_emulators.aws.xray.observations import NO_ROWS, Rows, Subjects, joined
from lab_emulators.aws.xray.trace_filters import TraceFilters
from lab_emulators.aws.xray.trace_summary import summarize


class ObservationIndex:
    """Rows of a time range, of some traces, or of the traces of a group.

    A row counts in the range in which its segment began: a request that outlasts the
    range counts whole, the rest of its trace where that began.
    """

    def __init__(self, core: XRayCore) -> None:
        self.subjects = Subjects()
        self._observed = core.traces.derive(self.subjects.rows)
        self._summaries = core.traces.derive(summarize)
        self._groups = core.group_filters
        self._filters = TraceFilters(core.group_filters)
        self._lock = threading.Lock()
        self._known: Mapping[str, bytes] = {}
        self._all = NO_ROWS

    def window(self, start: float, end: float, group: str | None) -> Rows:
        """Rows begun from `start` to before `end`; `group` is a filter expression."""
        rows = self._everything() if group is None else self._of_group(group)
        return rows[(rows["start"] >= start) & (rows["start"] < end)]

    def of_traces(self, trace_ids: list[str]) -> Rows:
        """Rows of the traces that are known."""
        rows = (self._observed.get(trace_id) for trace_id in dict.fromkeys(trace_ids))
        return joined(rows for rows in rows if rows is not None)

    def group_filter(self, parameters: Parameters) -> str | None:
        """The filter of `GroupName` or `GroupARN`; InvalidRequestException.

        It names the group, so that each trace is judged by the version of its time.
        """
        name, arn = parameters.get("GroupName"), parameters.get("GroupARN")
        if name is not None and arn is not None:
            raise invalid_request("Give either GroupName or GroupARN, not both")
        key = arn if name is None else name
        if key is None:
            return None
        if key not in self._groups:
            raise invalid_request("Group not found")
        member = "arn" if name is None else "name"
        return f"group.{member} = {json.dumps(key, ensure_ascii=False)}"

    def has_old_versions(self, parameters: Parameters, start: float) -> bool:
        """Tells whether traces since `start` may be in a group by an old version."""
        key = parameters.get("GroupName", parameters.get("GroupARN"))
        versions = self._groups.get(key, ()) if key is not None else ()
        return len(versions) > 1 and start < versions[-1].since

    def _everything(self) -> Rows:
        """All rows; the same array as long as no trace was touched."""
        observed = self._observed.values()
        with self._lock:
            if not _same(self._known, observed):
                self._known, self._all = observed, joined(observed.values())
            return self._all

    def _of_group(self, expression: str) -> Rows:
        holds = self._filters.of(expression)
        observed = self._observed.values()
        summaries = self._summaries.values()
        chosen = [item.id for item in summaries.values() if holds(item)]
        return joined(observed[i] for i in chosen if i in observed)


def _same(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> bool:
    pairs = map(operator.is_, before.values(), after.values())
    return len(before) == len(after) and all(pairs)
