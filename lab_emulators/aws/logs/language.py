"""Which query languages are understood here: that of Logs Insights."""

from collections.abc import Mapping
from typing import Any

from lab_emulators.aws.errors import AwsError

INSIGHTS = "CWLI"


def require_insights(parameters: Mapping[str, Any]) -> str:
    """The language asked for; AwsError NotImplementedException for SQL and PPL."""
    language = parameters.get("queryLanguage") or INSIGHTS
    if language != INSIGHTS:
        text = f"not emulated locally: queries in {language}, only in {INSIGHTS}"
        raise AwsError("NotImplementedException", text, 501)
    return INSIGHTS
