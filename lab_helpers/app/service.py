"""Interfaces of the services, in one process (a call) or apart (over HTTP)."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any, Protocol

import msgspec

from lab_helpers.app.people import Person, name_of, person_of
from lab_helpers.app.problems import Problem, refuse

Json = dict[str, Any]
"""A JSON object."""

Document = Json | msgspec.Raw
"""A JSON object to answer with; Raw: already encoded, by the service it comes from."""

SERVICES = ("api", "feed", "messages")

USER_HEADER = "X-Kittiwake-User"
"""Request header that says who is calling: a handle."""


class Feed(Protocol):
    """The feed service; every method raises Problem to refuse."""

    def home(self, viewer: Person) -> Document:
        """`{"calls": [...]}`: live calls of the people the viewer follows."""

    def person(self, handle: str) -> Document:
        """`{"person": ..., "calls": [...]}` of one handle; 404 if unknown."""

    def call(self, call_id: str) -> Document:
        """One call with its replies; 404 if unknown or expired."""

    def post(self, viewer: Person, document: Json) -> Document:
        """The new call from `{"message", "ttl"}`; 422 naming the faulty fields."""

    def reply(self, viewer: Person, call_id: str, document: Json) -> Document:
        """The new reply from `{"message"}`; 422, or 404 if there is no such call."""

    def search(self, term: str | None) -> Document:
        """`{"term", "calls": [...]}`: live calls that contain the term; 422."""

    def notifications(self, viewer: Person) -> Document:
        """`{"notifications": [...]}`: the latest replies to the viewer's calls."""

    def switch(self, incident: str, *, on: bool) -> None:
        """Starts or undoes an incident of this service."""

    def happening(self, incident: str) -> bool:
        """True while an incident of this service is on."""


class Messages(Protocol):
    """The messages service; every method raises Problem to refuse."""

    def groups(self, viewer: Person) -> Document:
        """`{"groups": [...]}`: the viewer's conversations, the latest first."""

    def conversation(self, viewer: Person, handle: str) -> Document:
        """`{"with", "messages": [...], "quiet_for_s"}`: the oldest first; 404.

        `quiet_for_s` is how long ago the last one was sent, null without any.
        """

    def send(self, viewer: Person, document: Json) -> Document:
        """The new message from `{"receiver", "message"}`; 422, 404."""

    def switch(self, incident: str, *, on: bool) -> None:
        """Starts or undoes an incident of this service."""

    def happening(self, incident: str) -> bool:
        """True while an incident of this service is on."""


def find_person(handle: str) -> Person:
    """The person of this handle; Problem 404 `handle_unknown` otherwise."""
    person = person_of(handle)
    if person is None:
        raise handle_unknown(handle)
    return person


def handle_unknown(handle: str, field: str | None = None) -> Problem:
    """The refusal of a handle nobody has."""
    return refuse(404, "handle_unknown", f"Nobody is called {handle!r}.", field)


@lru_cache(4096)
def moment(value: datetime) -> str:
    """A moment in UTC as JSON text: ISO 8601 with its offset, in milliseconds."""
    return value.isoformat(timespec="milliseconds")


def byline(handle: str) -> Json:
    """Handle and display name of an author."""
    return {"handle": handle, "name": name_of(handle)}
