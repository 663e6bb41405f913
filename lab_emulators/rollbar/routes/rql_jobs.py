"""RQL jobs (docs.rollbar.com, "RQL"): a query that runs once, and its stored result.

A query is answered when its job is created, so the first look finds it finished: the
answer is that of the moment. What cannot be run is refused at once (422).
"""

import hashlib
import threading
from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, Flask, Response, current_app

from lab_emulators.rollbar import errors, query_parameters
from lab_emulators.rollbar.auth import require
from lab_emulators.rollbar.config import TokenScope
from lab_emulators.rollbar.context import config, repository, store
from lab_emulators.rollbar.languages.rql import (
    Project,
    RqlError,
    RqlSnapshot,
    parse,
    run,
)
from lab_emulators.rollbar.request_body import authorized_fields
from lab_emulators.rollbar.routes import result
from lab_emulators.store import Store
from lab_emulators.store.query import SizeError
from lab_emulators.web.flask_app import EXTENSION

JOBS = "rollbar rql jobs"
RESULTS = "rollbar rql results"
PAGE = 20
FIRST_JOB = 100_000_000

blueprint = Blueprint("rql_jobs", __name__, url_prefix="/api/1/rql")

Document = dict[str, Any]


@dataclass(frozen=True)
class Jobs:
    """The jobs in a store; one is there as soon as its result is."""

    store: Store
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def all(self) -> list[Document]:
        """Every job, the newest first."""
        return [body for _, body in self.store.documents.list(JOBS)][::-1]

    def find(self, identity: int) -> Document | None:
        """The job of that id, None if there is none."""
        return self.store.documents.get(JOBS, str(identity))

    def result(self, identity: int) -> Document | None:
        """Result of a job, None if there is no such job."""
        return self.store.documents.get(RESULTS, str(identity))

    def same(self, job_hash: str) -> Document | None:
        """The newest job with that query, None if there is none."""
        return next((one for one in self.all() if one["job_hash"] == job_hash), None)

    def add(self, job: Document, outcome: Document) -> Document:
        """Stores a job with its result; returns the job with its id."""
        with self._lock:
            identity = max((one["id"] for one in self.all()), default=FIRST_JOB) + 1
            job_document = {"id": identity, **job}
            self.store.documents.put(RESULTS, str(identity), outcome)
            self.store.documents.put(JOBS, str(identity), job_document)
            return job_document


@blueprint.record_once
def _prepare(state: Any) -> None:
    app: Flask = state.app
    app.extensions[JOBS] = Jobs(app.extensions[EXTENSION].store)


@blueprint.post("/jobs")
def create_job() -> Response:
    """`POST /rql/jobs`: the job of this query, a new one with `force_refresh`."""
    query, refresh = _parameters(authorized_fields(TokenScope.READ))
    job_hash = hashlib.sha256(query.encode("utf-8", "replace")).hexdigest()[:40]
    known = None if refresh else _jobs().same(job_hash)
    return result(known or {**_created(query, job_hash), "status": "new"})


@blueprint.get("/jobs")
def list_jobs() -> Response:
    """`GET /rql/jobs`: the newest first."""
    require(TokenScope.READ)
    query_parameters.only("page")
    page = query_parameters.whole("page", 1)
    return result(_jobs().all()[(page - 1) * PAGE : page * PAGE])


@blueprint.get("/job/<int:identity>")
def show_job(identity: int) -> Response:
    """`GET /rql/job/{id}`, with its result if `expand=result`."""
    require(TokenScope.READ)
    query_parameters.only("expand")
    job = _job(identity)
    if query_parameters.one_of("expand", ("result",)):
        job["result"] = _jobs().result(identity)
    return result(job)


@blueprint.get("/job/<int:identity>/result")
def show_result(identity: int) -> Response:
    """`GET /rql/job/{id}/result`, with the job if `expand=job`."""
    require(TokenScope.READ)
    query_parameters.only("expand")
    job = _job(identity)
    document = {"job_id": identity, "result": _jobs().result(identity)}
    if query_parameters.one_of("expand", ("job",)):
        document["job"] = job
    return result(document)


@blueprint.post("/job/<int:identity>/cancel")
def cancel_job(identity: int) -> Response:
    """`POST /rql/job/{id}/cancel`: the job, which by then is finished."""
    require(TokenScope.READ)
    return result(_job(identity))


def _jobs() -> Jobs:
    jobs: Jobs = current_app.extensions[JOBS]
    return jobs


def _job(identity: int) -> Document:
    job = _jobs().find(identity)
    if job is None:
        raise errors.not_found()
    return job


def _parameters(body: Document) -> tuple[str, bool]:
    """The query, and whether to run it anew; a form has only texts."""
    known = ("query_string", "force_refresh", "project_id")
    for name in body:
        if name not in known:
            raise errors.invalid(f"{name}: not a field of a job")
    query, refresh = body.get("query_string"), body.get("force_refresh", False)
    if not isinstance(query, str) or not query.strip():
        raise errors.invalid("query_string: a query is required")
    if str(refresh).lower() not in ("true", "false", "1", "0", "none"):
        raise errors.invalid(f"force_refresh: {refresh!r} is neither true nor false")
    return query.strip(), str(refresh).lower() in ("true", "1")


def _created(query: str, job_hash: str) -> Document:
    settings = config()
    now_s = settings.clock() // 10**9
    project = Project(settings.project_id, settings.project_name)
    try:
        parsed = parse(query)
        with store().reader() as reader:
            scene = RqlSnapshot(reader, repository().items, project, now_s)
            outcome = run(parsed, scene).document(scene)
    except RqlError as error:
        raise errors.invalid(f"query_string: {error}") from error
    except SizeError as error:
        raise errors.invalid("query_string: too large a query") from error
    job = {
        "project_id": settings.project_id,
        "query_string": query,
        "status": "success",
        "job_hash": job_hash,
        "date_created": now_s,
        "date_modified": now_s,
    }
    return _jobs().add(job, outcome)
