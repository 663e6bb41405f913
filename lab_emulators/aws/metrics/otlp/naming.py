"""Names of OpenTelemetry metrics in CloudWatch.

The namespace is made of `service.namespace` and `service.name`, the dimensions are
the data point's attributes: as the collector's EMF exporter does it ("AWS CloudWatch
EMF Exporter for OpenTelemetry Collector").
"""

import json
from typing import Any

from lab_emulators.aws.metrics.model import Dimensions

DEFAULT_NAMESPACE = "default"
MOST_DIMENSIONS = 30

# Units of UCUM, in which OpenTelemetry writes them, where CloudWatch has the same.
_UNITS = {
    "s": "Seconds",
    "ms": "Milliseconds",
    "us": "Microseconds",
    "By": "Bytes",
    "kBy": "Kilobytes",
    "MBy": "Megabytes",
    "GBy": "Gigabytes",
    "TBy": "Terabytes",
    "bit": "Bits",
    "%": "Percent",
    "By/s": "Bytes/Second",
    "bit/s": "Bits/Second",
}


def namespace_of(resource: dict[str, Any]) -> str:
    """The namespace of everything a resource measures."""
    names = resource.get("service.namespace"), resource.get("service.name")
    return "/".join(str(name) for name in names if name) or DEFAULT_NAMESPACE


def unit_of(text: str) -> str:
    """CloudWatch's unit; "Count" for a unit in braces, "None" for one it lacks."""
    return "Count" if text.startswith("{") else _UNITS.get(text, "None")


def dimensions_of(attributes: dict[str, Any]) -> Dimensions:
    """Attributes as dimensions, those without a value left out."""
    texts = ((name, _text(value)) for name, value in attributes.items())
    return tuple(sorted((name, text) for name, text in texts if name and text))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
