"""The rooms of the vendors' clients: the same module names in each."""

from pathlib import Path

import pytest

from lab_helpers import clients

ROOT = Path(clients.__file__).parent
VENDORS = ("cloudwatch", "honeycomb", "rollbar", "xray")
EVERY = {"__init__", "client", "frames"}
SOME = {"api", "heatmaps", "service_map", "traces"}
OWN = {
    "cloudwatch": {"notifications"},
    "rollbar": {"item_page"},
    "xray": {"ids"},
}


def test_there_is_a_room_for_every_vendor_and_one_for_the_calls():
    rooms = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert rooms == {*VENDORS, "transport"}


@pytest.mark.parametrize("vendor", VENDORS)
def test_the_vendors_rooms_have_the_same_modules(vendor):
    modules = {path.stem for path in (ROOT / vendor).glob("*.py")}
    assert modules >= EVERY
    assert modules - EVERY - SOME == OWN.get(vendor, set())


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_vendors_client_is_exported_by_its_room_and_by_the_clients(vendor):
    (name,) = (each for each in clients.__all__ if each.lower() == f"{vendor}client")
    room = __import__(f"lab_helpers.clients.{vendor}", fromlist=[name])
    assert name in room.__all__
    assert getattr(room, name) is getattr(clients, name)


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_vendors_room_imports_no_other_vendors(vendor):
    for path in (ROOT / vendor).glob("*.py"):
        text = path.read_text(encoding="utf-8")
        for other in {*VENDORS} - {vendor}:
            assert f"lab_helpers.clients.{other}" not in text, path.name
