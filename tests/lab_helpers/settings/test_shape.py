"""Every vendor has one shape among the settings, and a module of its name elsewhere."""

import inspect
from dataclasses import is_dataclass
from importlib import import_module

import pytest

VENDORS = {
    "honeycomb": "Honeycomb",
    "otlp": "Otlp",
    "aws": "Aws",
    "xray": "XRay",
    "rollbar": "Rollbar",
}


@pytest.mark.parametrize(("name", "value"), VENDORS.items())
def test_a_vendors_settings_have_one_shape(name, value):
    module = import_module(f"lab_helpers.settings.{name}")
    vendor = getattr(module, value)
    assert is_dataclass(vendor) and vendor.__dataclass_params__.frozen
    for method in ("variables", "at", "as_dict"):
        assert inspect.isfunction(getattr(vendor, method)), method
    assert callable(getattr(module, f"{name}_of"))
    assert module.KNOWN and all(line.startswith(f"{k}=") for k, line in known(module))


def known(module):
    return module.KNOWN.items()


def test_every_vendor_is_part_of_the_settings():
    settings = import_module("lab_helpers.settings")
    assert VENDORS.keys() <= settings.Settings.__dataclass_fields__.keys()
    assert set(VENDORS.values()) <= set(settings.__all__)


@pytest.mark.parametrize("vendor", ["honeycomb", "aws", "rollbar"])
def test_the_doctor_has_a_module_for_every_vendor(vendor):
    module = import_module(f"lab_helpers.doctor.{vendor}")
    checks = [
        value
        for name, value in vars(module).items()
        if inspect.isfunction(value)
        and value.__module__ == module.__name__
        and name[0] != "_"
    ]
    assert checks
    for check in checks:
        assert list(inspect.signature(check).parameters) == ["settings"], check
