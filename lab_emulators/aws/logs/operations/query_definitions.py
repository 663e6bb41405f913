"""Query definitions: queries of Logs Insights that are stored by name."""

import threading
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from lab_emulators.aws.errors import AwsError
from lab_emulators.aws.logs.core import LogsCore, Operation, Parameters
from lab_emulators.aws.logs.paging import page_of
from lab_emulators.aws.logs.query_request import require_insights
from lab_emulators.aws.validation import check

MAX_DEFINITIONS = 1000  # CloudWatch Logs quotas
PAGE = 1000

_COLLECTION = "logs.query_definitions"
_TOKEN = "clientToken"


def operations(core: LogsCore) -> Mapping[str, Operation]:
    """The operations on query definitions."""
    definitions = QueryDefinitions(core)
    return {
        "PutQueryDefinition": definitions.put,
        "DescribeQueryDefinitions": definitions.describe,
        "DeleteQueryDefinition": definitions.delete,
    }


class QueryDefinitions:
    """Query definitions in a store; a query is not parsed before it is run."""

    def __init__(self, core: LogsCore) -> None:
        self._core = core
        self._documents = core.store.documents
        self._lock = threading.Lock()

    def put(self, parameters: Parameters) -> dict[str, Any]:
        """`PutQueryDefinition`: a new one, or all of one changed; tokens count once."""
        check("logs", "PutQueryDefinition", parameters)
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
        check("logs", "DescribeQueryDefinitions", parameters)
        prefix = parameters.get("queryDefinitionNamePrefix") or ""
        language = parameters.get("queryLanguage")
        documents = [
            _definition_document(document)
            for document in self._stored()
            if document["name"].startswith(prefix)
            and language in (None, document["queryLanguage"])
        ]
        documents.sort(key=lambda document: str(document["name"]))
        size = parameters.get("maxResults") or PAGE
        page, rest = page_of(documents, parameters, size)
        return {"queryDefinitions": page, **rest}

    def delete(self, parameters: Parameters) -> dict[str, Any]:
        """`DeleteQueryDefinition`."""
        check("logs", "DeleteQueryDefinition", parameters)
        if not self._documents.delete(_COLLECTION, parameters["queryDefinitionId"]):
            raise _unknown()
        return {"success": True}

    def _stored(self) -> list[dict[str, Any]]:
        return [document for _, document in self._documents.list(_COLLECTION)]

    def _identity(self, parameters: Parameters) -> str:
        """The id the definition has, or is to have."""
        definition_id, token = (
            parameters.get("queryDefinitionId"),
            parameters.get(_TOKEN),
        )
        stored = self._stored()
        for document in stored:
            if definition_id == document["queryDefinitionId"]:
                return str(definition_id)
            if (
                definition_id is None
                and token is not None
                and token == document[_TOKEN]
            ):
                return str(document["queryDefinitionId"])
        if definition_id is not None:
            raise _unknown()
        if len(stored) >= MAX_DEFINITIONS:
            raise AwsError("LimitExceededException", "Resource limit exceeded.")
        return str(uuid4())


def _definition_document(document: Mapping[str, Any]) -> dict[str, Any]:
    """A definition as in the API, without our own members and empty lists."""
    return {k: v for k, v in document.items() if k != _TOKEN and v != []}


def _unknown() -> AwsError:
    text = "The specified query definition does not exist."
    return AwsError("ResourceNotFoundException", text)
