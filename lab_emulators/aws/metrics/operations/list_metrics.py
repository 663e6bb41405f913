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

    def listed(parameters: Parameters) -> dict[str, Any]:
        metrics = [
            metric
            for metric in _metrics(core, parameters)
            if _matches(metric, parameters)
        ]
        page, rest = CLOUDWATCH.page_of(
            sorted(metrics, key=_key), parameters.get("NextToken"), PAGE
        )
        owners = (
            [core.account] * len(page)
            if parameters.get("IncludeLinkedAccounts")
            else []
        )
        accounts = {"OwningAccounts": owners} if owners else {}
        return {"Metrics": [document_of(metric) for metric in page], **accounts, **rest}

    return {"ListMetrics": listed}


def document_of(metric: Metric) -> dict[str, Any]:
    """A metric as answers have it."""
    return {
        "Namespace": metric.namespace,
        "MetricName": metric.name,
        "Dimensions": as_members(metric.dimensions),
    }


def _metrics(core: MetricsCore, parameters: Parameters) -> list[Metric]:
    recent = parameters.get("RecentlyActive")
    if recent not in (None, "PT3H"):
        raise invalid_value("The parameter RecentlyActive must be PT3H.")
    if parameters.get("OwningAccount") not in (None, core.account):
        return []
    since = core.clock() - (RECENT_S if recent else LISTED_S)
    namespaces = core.datapoints.namespaces()
    if parameters.get("Namespace"):
        namespaces = [name for name in namespaces if name == parameters["Namespace"]]
    return [
        metric for name in namespaces for metric in core.datapoints.metrics(name, since)
    ]


def _matches(metric: Metric, parameters: Parameters) -> bool:
    """True if a metric passes every filter; one of a dimension may omit the value."""
    if parameters.get("MetricName") not in (None, metric.name):
        return False
    has = dict(metric.dimensions)
    return all(
        dimension["Name"] in has
        and dimension.get("Value") in (None, has[dimension["Name"]])
        for dimension in parameters.get("Dimensions") or ()
    )


def _key(metric: Metric) -> tuple[Any, ...]:
    return metric.namespace, metric.name, metric.dimensions
