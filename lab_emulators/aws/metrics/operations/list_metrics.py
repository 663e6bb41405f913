"""ListMetrics: which metrics have data, of the last two weeks or three hours."""

from collections.abc import Mapping
from typing import Any

from lab_emulators.aws.metrics.core import MetricsCore, Operation, Parameters
from lab_emulators.aws.metrics.errors import invalid_value
from lab_emulators.aws.metrics.model import Metric
from lab_emulators.aws.metrics.parameters import as_members
from lab_emulators.aws.paging import CLOUDWATCH

PAGE = 500
LISTED_S, RECENT_S = 14 * 86_400, 3 * 3600


def operations(core: MetricsCore) -> Mapping[str, Operation]:
    """ListMetrics."""

    def listed(given: Parameters) -> dict[str, Any]:
        found = [metric for metric in _metrics(core, given) if _meant(metric, given)]
        page, rest = CLOUDWATCH.page_of(
            sorted(found, key=_key), given.get("NextToken"), PAGE
        )
        owners = (
            [core.account] * len(page) if given.get("IncludeLinkedAccounts") else []
        )
        told = {"OwningAccounts": owners} if owners else {}
        return {"Metrics": [document_of(metric) for metric in page], **told, **rest}

    return {"ListMetrics": listed}


def document_of(metric: Metric) -> dict[str, Any]:
    """A metric as answers have it."""
    return {
        "Namespace": metric.namespace,
        "MetricName": metric.name,
        "Dimensions": as_members(metric.dimensions),
    }


def _metrics(core: MetricsCore, given: Parameters) -> list[Metric]:
    recent = given.get("RecentlyActive")
    if recent not in (None, "PT3H"):
        raise invalid_value("The parameter RecentlyActive must be PT3H.")
    if given.get("OwningAccount") not in (None, core.account):
        return []
    since = core.clock() - (RECENT_S if recent else LISTED_S)
    namespaces = core.datapoints.namespaces()
    if given.get("Namespace"):
        namespaces = [name for name in namespaces if name == given["Namespace"]]
    return [
        metric for name in namespaces for metric in core.datapoints.metrics(name, since)
    ]


def _meant(metric: Metric, given: Parameters) -> bool:
    """True if a metric passes every filter; one of a dimension may omit the value."""
    if given.get("MetricName") not in (None, metric.name):
        return False
    has = dict(metric.dimensions)
    return all(
        wanted["Name"] in has and wanted.get("Value") in (None, has[wanted["Name"]])
        for wanted in given.get("Dimensions") or ()
    )


def _key(metric: Metric) -> tuple[Any, ...]:
    return metric.namespace, metric.name, metric.dimensions
