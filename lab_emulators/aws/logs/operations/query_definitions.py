"""Query definitions: queries of Logs Insights stored under a name."""

import threading
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from lab_emulators.aws.logs.core import Core, Operation, Parameters
from lab_emulators.aws.logs.errors import limit_exceeded, no_query_definition
from lab_emulators.aws.logs.paging import page_of
from lab_emulators.aws.logs.query_request import require_insights
from lab_emulators.aws.logs.validation import check

MAX_DEFINITIONS = 1000  # CloudWatch Logs quotas
PAGE = 1000

_COLLECTION = "logs.query_definitions"
_TOKEN = "clientToken"


def operations(core: Core) -> Mapping[str, Operation]:
    """The operations on query definitions."""
    definitions = QueryDefinitions(core)
    return {
        "PutQueryDefinition": definitions.put,
        "DescribeQueryDefinitions": definitions.describe,
        "DeleteQueryDefinition": definitions.delete,
    }


class QueryDefinitions:
    """The query definitions of the account; a query is not parsed before it runs."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._documents = core.store.documents
        self._lock = threading.Lock()

    def put(self, parameters: Parameters) -> dict[str, Any]:
        """`PutQueryDefinition`: a new one, or a known one replaced.

        A client token makes a definition once.
        """
        check("PutQueryDefinition", parameters)
        language = require_insights(parameters)
        with self._lock:
            identity = self._identity(parameters)
            document = {
                "queryLanguage": language,
                "queryDefinitionId": identity,
                "name": parameters["name"],
                "queryString": parameters["queryString"],
                "lastModified": self._core.now_ms(),
                "logGroupNames": list(parameters.get("logGroupNames") or ()),
                "parameters": list(parameters.get("parameters") or ()),
                _TOKEN: parameters.get(_TOKEN),
            }
            self._documents.put(_COLLECTION, identity, document)
        return {"queryDefinitionId": identity}

    def describe(self, parameters: Parameters) -> dict[str, Any]:
        """`DescribeQueryDefinitions`: by name."""
        check("DescribeQueryDefinitions", parameters)
        prefix = parameters.get("queryDefinitionNamePrefix") or ""
        language = parameters.get("queryLanguage")
        found = [
            _shown(document)
            for document in self._stored()
            if document["name"].startswith(prefix)
            and language in (None, document["queryLanguage"])
        ]
        found.sort(key=lambda document: str(document["name"]))
        size = parameters.get("maxResults") or PAGE
        page, rest = page_of(found, parameters, size)
        return {"queryDefinitions": page, **rest}

    def delete(self, parameters: Parameters) -> dict[str, Any]:
        """`DeleteQueryDefinition`."""
        check("DeleteQueryDefinition", parameters)
        if not self._documents.delete(_COLLECTION, parameters["queryDefinitionId"]):
            raise no_query_definition()
        return {"success": True}

    def _stored(self) -> list[dict[str, Any]]:
        return [document for _, document in self._documents.list(_COLLECTION)]

    def _identity(self, parameters: Parameters) -> str:
        """The id of the definition, a new one for a new definition."""
        requested, token = parameters.get("queryDefinitionId"), parameters.get(_TOKEN)
        stored = self._stored()
        for document in stored:
            if requested == document["queryDefinitionId"]:
                return str(requested)
            if requested is None and token is not None and token == document[_TOKEN]:
                return str(document["queryDefinitionId"])
        if requested is not None:
            raise no_query_definition()
        if len(stored) >= MAX_DEFINITIONS:
            raise limit_exceeded()
        return str(uuid4())


def _shown(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document as it is described: without the client token and empty lists."""
    return {k: v for k, v in document.items() if k != _TOKEN and v != []}
