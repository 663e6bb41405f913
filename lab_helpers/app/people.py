"""The people of Kittiwake: accounts, plans, tenants and regions."""

from __future__ import annotations

from dataclasses import dataclass

SKERRY = "skerry"
"""The tenant with the huge timeline."""


@dataclass(frozen=True, slots=True)
class Person:
    """One account: handle, display name, and what a wide event would say about it."""

    handle: str
    name: str
    tenant: str
    plan: str
    region: str
    app_version: str
    flag: str


def _team(tenant: str, region: str, rows: str) -> tuple[Person, ...]:
    """People from lines of `handle | display name | plan | version | flag`."""
    people = []
    for line in rows.strip().splitlines():
        handle, name, plan, version, flag = (part.strip() for part in line.split("|"))
        people.append(Person(handle, name, tenant, plan, region, version, flag))
    return tuple(people)


PEOPLE: tuple[Person, ...] = (
    *_team(
        SKERRY,
        "eu-north-1",
        """
        ingrid_w  | Ingrid Wahlstrøm   | paid | 3.4.0 | ranking_off
        tor_b     | Tor Bakkemoen      | paid | 3.4.0 | ranking_off
        liv_r     | Liv Rasmussen      | paid | 3.4.1 | ranking_off
        osk_h     | Oskar Hellgren     | paid | 3.4.0 | ranking_on
        signe_m   | Signe Mortensen    | paid | 3.4.1 | ranking_off
        jorun_k   | Jorun Kvalheim     | paid | 3.4.0 | ranking_off
        """,
    ),
    *_team(
        "lowtide",
        "eu-west-2",
        """
        marisol   | Marisol Etxeberria | paid | 3.4.1 | ranking_on
        bram_v    | Bram Vandersteen   | free | 3.4.0 | ranking_off
        noor_h    | Noor Haddadi       | free | 3.4.0 | ranking_off
        cillian   | Cillian Brophy     | paid | 3.4.1 | ranking_on
        """,
    ),
    *_team(
        "longcloud",
        "ap-southeast-6",
        """
        aroha_t   | Aroha Tamihana     | paid | 3.4.0 | ranking_off
        wiremu    | Wiremu Paki        | free | 3.4.0 | ranking_off
        hana_p    | Hana Porter        | free | 3.3.9 | ranking_off
        """,
    ),
    *_team(
        "saltmarsh",
        "us-east-2",
        """
        delphine  | Delphine Okafor    | free | 3.4.1 | ranking_on
        rufus_j   | Rufus Jankowski    | free | 3.4.0 | ranking_off
        yuki_s    | Yuki Sandoval      | paid | 3.4.0 | ranking_off
        temperance| Temperance Boyle   | free | 3.3.9 | ranking_off
        """,
    ),
    *_team(
        "breakwater",
        "sa-east-1",
        """
        caetano   | Caetano Figueira   | free | 3.4.1 | ranking_on
        ximena    | Ximena Quispe      | paid | 3.4.0 | ranking_off
        dario_l   | Darío Lucero       | free | 3.4.0 | ranking_off
        """,
    ),
)

_BY_HANDLE = {person.handle: person for person in PEOPLE}
_NAMES = {person.handle: person.name for person in PEOPLE}


def person_of(handle: str) -> Person | None:
    """The person with this handle, or None."""
    return _BY_HANDLE.get(handle)


def name_of(handle: str) -> str:
    """The display name of the person with this handle; the handle if nobody has it."""
    return _NAMES.get(handle, handle)


def team_of(tenant: str) -> tuple[Person, ...]:
    """Everybody of one tenant, in the order of PEOPLE."""
    return tuple(person for person in PEOPLE if person.tenant == tenant)
