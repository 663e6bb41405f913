"""Settings: emulated, forwarded or real for each vendor; the environment's only reader.

Each vendor is a module of one shape: the names `.env` may hold (`KNOWN`), a value with
`variables`, `at` and `as_dict`, how the variables make it, and notes on what is seldom
meant. A vendor is *real* when its own key or credentials are set and its endpoint is
not on this machine, *emulated* when neither is set; anything between is an error. With
a key of its own Honeycomb is *forwarded*: the lab answers, and passes a copy on.
"""

from lab_helpers.settings.aws import EMPTY_CONFIG, Aws
from lab_helpers.settings.aws import REGION as AWS_REGION
from lab_helpers.settings.endpoints import Mode, Upstream, is_loopback
from lab_helpers.settings.envfile import InvalidSettingError, SettingsError
from lab_helpers.settings.environment import (
    KNOWN,
    LOAD_LOG,
    ROOT,
    child_environment,
    export,
    exported,
    host_environment,
    load,
    load_log,
    preserved_environment,
)
from lab_helpers.settings.honeycomb import LAB_API_KEY, TEAM_HEADER, Honeycomb
from lab_helpers.settings.model import Addresses, Ports, Settings
from lab_helpers.settings.otlp import Otlp
from lab_helpers.settings.rollbar import Rollbar
from lab_helpers.settings.xray import XRay

__all__ = [
    "AWS_REGION",
    "EMPTY_CONFIG",
    "KNOWN",
    "LAB_API_KEY",
    "LOAD_LOG",
    "ROOT",
    "TEAM_HEADER",
    "Addresses",
    "Aws",
    "Honeycomb",
    "InvalidSettingError",
    "Mode",
    "Otlp",
    "Ports",
    "Rollbar",
    "Settings",
    "SettingsError",
    "Upstream",
    "XRay",
    "child_environment",
    "export",
    "exported",
    "host_environment",
    "is_loopback",
    "load",
    "load_log",
    "preserved_environment",
]
