"""Resource policies: stored and described, never enforced."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from lab_emulators.aws.errors import AwsError
from lab_emulators.aws.logs.core import Core, Operation, Parameters
from lab_emulators.aws.logs.errors import invalid, limit_exceeded, no_policy
from lab_emulators.aws.logs.paging import page_of
from lab_emulators.aws.logs.validation import check

MAX_POLICIES = 10  # CloudWatch Logs quotas: resource policies of an account

_POLICIES = "logs.resource-policies"


def operations(core: Core) -> Mapping[str, Operation]:
    """The operations on resource policies of the account."""
    policies = ResourcePolicies(core)
    return {
        "PutResourcePolicy": policies.put,
        "DeleteResourcePolicy": policies.delete,
        "DescribeResourcePolicies": policies.describe,
    }


class ResourcePolicies:
    """The resource policies, by name."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._documents = core.store.documents

    def put(self, parameters: Parameters) -> dict[str, Any]:
        """`PutResourcePolicy`: a JSON document under a name."""
        check("PutResourcePolicy", parameters)
        name, text = _account_name(parameters), parameters.get("policyDocument")
        if not text or not _is_object(text):
            raise invalid("'policyDocument' is not a valid policy document.")
        names = [known for known, _ in self._documents.list(_POLICIES)]
        if name not in names and len(names) >= MAX_POLICIES:
            raise limit_exceeded()
        policy = {
            "policyName": name,
            "policyDocument": text,
            "lastUpdatedTime": self._core.now_ms(),
            "policyScope": "ACCOUNT",
        }
        self._documents.put(_POLICIES, name, policy)
        revision = hashlib.sha256(text.encode()).hexdigest()[:32]
        return {"resourcePolicy": policy, "revisionId": revision}

    def delete(self, parameters: Parameters) -> dict[str, Any]:
        """`DeleteResourcePolicy`: ResourceNotFoundException if there is none."""
        check("DeleteResourcePolicy", parameters)
        name = _account_name(parameters)
        if not self._documents.delete(_POLICIES, name):
            raise no_policy(name)
        return {}

    def describe(self, parameters: Parameters) -> dict[str, Any]:
        """`DescribeResourcePolicies`: by name."""
        check("DescribeResourcePolicies", parameters)
        if parameters.get("policyScope") == "RESOURCE" or parameters.get("resourceArn"):
            raise _absent()
        found = sorted(self._documents.list(_POLICIES))
        policies, rest = page_of([policy for _, policy in found], parameters)
        return {"resourcePolicies": policies, **rest}


def _account_name(parameters: Parameters) -> str:
    if parameters.get("resourceArn"):
        raise _absent()
    name = parameters.get("policyName")
    if not name:
        raise invalid("'policyName' is required.")
    return str(name)


def _absent() -> AwsError:
    text = "not emulated locally: resource policies of a log group (resourceArn)"
    return AwsError("NotImplementedException", text, 501)


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False
