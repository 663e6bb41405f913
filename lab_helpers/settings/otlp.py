"""OTLP among the settings: the endpoint of OpenTelemetry's exporters.

It follows Honeycomb, unless the variables of the exporter are the student's own.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, unquote

from lab_helpers.settings.endpoints import Mode, checked_url, is_loopback
from lab_helpers.settings.envfile import InvalidSettingError
from lab_helpers.settings.honeycomb import KEY as HONEYCOMB_KEY
from lab_helpers.settings.honeycomb import LAB_API_KEY, TEAM_HEADER, Honeycomb

ENDPOINT, HEADERS, PROTOCOL = (
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_HEADERS",
    "OTEL_EXPORTER_OTLP_PROTOCOL",
)

KNOWN = {
    ENDPOINT: "OTEL_EXPORTER_OTLP_ENDPOINT=https://api.honeycomb.io",
    HEADERS: "OTEL_EXPORTER_OTLP_HEADERS=x-honeycomb-team=<your key>",
    PROTOCOL: "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
}
"""Every name `.env` may hold for OTLP, each with an example."""

OVERRIDES = {
    f"OTEL_EXPORTER_OTLP_{signal}_{part}": f"OTEL_EXPORTER_OTLP_{part}"
    for signal in ("TRACES", "LOGS", "METRICS")
    for part in ("ENDPOINT", "HEADERS", "PROTOCOL")
}
"""OpenTelemetry lets the first of each pair win over the second, in silence."""


@dataclass(frozen=True, slots=True)
class Otlp:
    """Endpoint of OTLP over HTTP; `yours` when the student set the variables."""

    endpoint: str
    headers: Mapping[str, str] = field(repr=False)
    protocol: str = "http/protobuf"
    yours: bool = False

    def variables(self) -> dict[str, str]:
        """The same settings as environment variables."""
        written = {
            ENDPOINT: self.endpoint,
            HEADERS: _written_headers(self.headers),
            PROTOCOL: self.protocol,
        }
        return {name: value for name, value in written.items() if value}

    def at(self, honeycomb: Honeycomb) -> "Otlp":
        """These settings, to `honeycomb` unless the student set the variables."""
        return self if self.yours else otlp_to(honeycomb)

    def as_dict(self) -> dict[str, object]:
        """The part of `lab env --json` for OTLP; the key is among the headers."""
        return {"endpoint": self.endpoint, "headers": dict(self.headers)}


def otlp_to(honeycomb: Honeycomb) -> Otlp:
    """OTLP as Honeycomb takes it: its endpoint, and the key as a header."""
    return Otlp(honeycomb.endpoint, {TEAM_HEADER: honeycomb.api_key})


def otlp_of(variables: Mapping[str, str], honeycomb: Honeycomb) -> Otlp:
    """OTLP as the variables say, else to `honeycomb`; raises SettingsError."""
    text = variables.get(ENDPOINT, "")
    endpoint = checked_url(ENDPOINT, text, KNOWN[ENDPOINT])
    headers = _read_headers(variables.get(HEADERS, ""))
    the_labs = headers.get(TEAM_HEADER) == LAB_API_KEY
    if the_labs and (not endpoint or is_loopback(endpoint)):
        return otlp_to(honeycomb)
    if not endpoint and not headers:
        return otlp_to(honeycomb)
    return Otlp(endpoint, headers, variables.get(PROTOCOL, ""), yours=True)


def notes(variables: Mapping[str, str], honeycomb: Honeycomb) -> Iterator[str]:
    """Sentences on settings that are allowed but seldom meant."""
    for name, general in OVERRIDES.items():
        if name in variables:
            yield f"{name} is set and wins over {general}."
    team = _read_headers(variables.get(HEADERS, "")).get(TEAM_HEADER)
    if HEADERS in variables and ENDPOINT not in variables and team != LAB_API_KEY:
        yield f"{HEADERS} is yours, so {ENDPOINT} is left to you as well."
    elsewhere = not is_loopback(variables.get(ENDPOINT, "http://localhost"))
    if elsewhere and honeycomb.mode.is_local:
        forwarded = honeycomb.mode is Mode.FORWARDED
        remedy = f"remove {ENDPOINT}, and the lab passes a copy on"
        if not forwarded:
            remedy = f"set {HONEYCOMB_KEY} too, or remove {ENDPOINT}"
        yield (
            f"spans leave for {variables[ENDPOINT]}, but queries ask the lab: {remedy}."
        )


def _read_headers(text: str) -> dict[str, str]:
    """`name=value,name=value`, percent-encoded, as the OTLP exporter spec has it."""
    headers = {}
    for pair in filter(None, (part.strip() for part in text.split(","))):
        name, equals, value = pair.partition("=")
        if not equals or not name.strip():
            raise InvalidSettingError(
                HEADERS,
                f"holds {pair!r}, which is not name=value. "
                f"Right would be: {KNOWN[HEADERS]}",
            )
        headers[name.strip().lower()] = unquote(value.strip())
    return headers


def _written_headers(headers: Mapping[str, str]) -> str:
    return ",".join(f"{name}={quote(value)}" for name, value in headers.items())
