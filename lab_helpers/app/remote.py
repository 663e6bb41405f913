"""Clients of the services in other processes: the interfaces of `service` over HTTP."""

from __future__ import annotations

from http.cookiejar import DefaultCookiePolicy
from typing import Any

import msgspec
import requests
from flask import g
from requests.adapters import HTTPAdapter

from lab_helpers.app.facts import note_header
from lab_helpers.app.people import Person
from lab_helpers.app.problems import Fault, Problem, refuse
from lab_helpers.app.server import THREADS
from lab_helpers.app.service import USER_HEADER, Feed, Json, Messages, find_person

TIMEOUT_SECONDS = (2.0, 15.0)


class Remote:
    """One service at a URL; an error answer becomes the Problem it describes."""

    def __init__(self, service: str, url: str) -> None:
        self.service = service
        self.url = url.rstrip("/")
        self._session = _open_session()

    def ask(self, method: str, path: str, **parts: Any) -> msgspec.Raw:
        """The JSON answer to one call made in the name of the present caller, encoded.

        Problem 503 if the service cannot be reached or takes too long.
        """
        caller: Person | None = g.get("kittiwake_viewer")
        headers = {USER_HEADER: caller.handle} if caller else {}
        try:
            answer = self._session.request(
                method,
                self.url + path,
                headers=headers,
                timeout=TIMEOUT_SECONDS,
                **parts,
            )
        except requests.RequestException as error:
            raise self._unreachable() from error
        return self._read(answer)

    def switch(self, incident: str, *, on: bool) -> None:
        """Starts or undoes an incident of the service."""
        self.ask("PUT" if on else "DELETE", f"/lab/incidents/{incident}")

    def happening(self, incident: str) -> bool:
        """True while an incident of the service is on."""
        listed = msgspec.json.decode(self.ask("GET", "/lab/incidents"))
        return any(
            each["name"] == incident and each["on"] for each in listed["incidents"]
        )

    def _read(self, answer: requests.Response) -> msgspec.Raw:
        try:
            # Raw checks the syntax and keeps the bytes, which go on as they came.
            document = msgspec.json.decode(answer.content, type=msgspec.Raw)
            if answer.ok:
                note_header(answer.headers)
                return document
            errors = msgspec.json.decode(document)["errors"]
            faults = [Fault(**fault) for fault in errors]
        except (ValueError, KeyError, TypeError) as error:
            code = f"{self.service}_failed"
            text = f"{self.service} answered {answer.status_code} without JSON."
            raise refuse(502, code, text) from error
        raise Problem(answer.status_code, faults)

    def _unreachable(self) -> Problem:
        code = f"{self.service}_unreachable"
        return refuse(503, code, f"{self.service} does not answer at {self.url}.")


def _open_session() -> requests.Session:
    # One session for all threads and callers: a connection is opened once, not for each
    # call, and no cookie of one caller is sent with the call of another.
    session = requests.Session()
    session.mount("http://", HTTPAdapter(pool_maxsize=THREADS))
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.trust_env = False  # a proxy has no business between services
    return session


class RemoteFeed(Remote, Feed):
    """The feed service over HTTP; see `service.Feed`."""

    def home(self, viewer: Person) -> msgspec.Raw:
        return self.ask("GET", "/feed/home")

    def person(self, handle: str) -> msgspec.Raw:
        return self.ask("GET", f"/feed/people/{find_person(handle).handle}")

    def call(self, call_id: str) -> msgspec.Raw:
        return self.ask("GET", f"/feed/calls/{call_id}")

    def post(self, viewer: Person, document: Json) -> msgspec.Raw:
        return self.ask("POST", "/feed/calls", json=document)

    def reply(self, viewer: Person, call_id: str, document: Json) -> msgspec.Raw:
        return self.ask("POST", f"/feed/calls/{call_id}/replies", json=document)

    def search(self, term: str | None) -> msgspec.Raw:
        return self.ask("GET", "/feed/search", params={"term": term})

    def notifications(self, viewer: Person) -> msgspec.Raw:
        return self.ask("GET", "/feed/notifications")


class RemoteMessages(Remote, Messages):
    """The messages service over HTTP; see `service.Messages`."""

    def groups(self, viewer: Person) -> msgspec.Raw:
        return self.ask("GET", "/messages/groups")

    def conversation(self, viewer: Person, handle: str) -> msgspec.Raw:
        return self.ask("GET", f"/messages/with/{find_person(handle).handle}")

    def send(self, viewer: Person, document: Json) -> msgspec.Raw:
        return self.ask("POST", "/messages", json=document)
