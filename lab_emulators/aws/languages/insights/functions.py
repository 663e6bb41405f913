"""The functions of Logs Insights: names, arguments, and what they give.

After the user guide's pages "Boolean, comparison, numeric, datetime, and other
functions" and "stats". Names are matched without regard to case. What AWS has added
since and the lab lacks is named too, so that an error can say so.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class ArgumentKind(StrEnum):
    """Kinds of arguments and results."""

    VALUE = "a value"
    NUMBER = "a number"
    TEXT = "a text"
    TIME = "a timestamp"
    TRUTH = "a condition"
    PERIOD = "a period such as 5m"
    PERCENT = "a number from 0 to 100"
    STRUCTURE = "a map or list"
    SUBNET = "a subnet in quotes, such as '192.0.2.0/24'"


@dataclass(frozen=True, slots=True)
class InsightsFunction:
    """One function: its required, optional and repeated arguments."""

    name: str
    gives: ArgumentKind
    takes: tuple[ArgumentKind, ...] = ()
    optional: tuple[ArgumentKind, ...] = ()
    more: tuple[ArgumentKind, ...] = ()
    aggregate: bool = False

    def kind_of(self, index: int) -> ArgumentKind | None:
        """The kind of the argument at `index`, None where there may be none."""
        known = self.takes + self.optional
        if index < len(known):
            return known[index]
        return self.more[(index - len(known)) % len(self.more)] if self.more else None


_V, _N, _T, _D = (
    ArgumentKind.VALUE,
    ArgumentKind.NUMBER,
    ArgumentKind.TEXT,
    ArgumentKind.TIME,
)
_B, _P, _S = ArgumentKind.TRUTH, ArgumentKind.PERIOD, ArgumentKind.STRUCTURE

_SCALARS = (
    InsightsFunction("abs", _N, (_N,)),
    InsightsFunction("ceil", _N, (_N,)),
    InsightsFunction("floor", _N, (_N,)),
    InsightsFunction("greatest", _N, (_N,), more=(_N,)),
    InsightsFunction("least", _N, (_N,), more=(_N,)),
    InsightsFunction("log", _N, (_N,)),
    InsightsFunction("round", _N, (_N,), (_N,)),
    InsightsFunction("sqrt", _N, (_N,)),
    InsightsFunction("toNumber", _N, (_V,)),
    InsightsFunction("bin", _D, (_P,)),
    InsightsFunction("datefloor", _D, (_D, _P)),
    InsightsFunction("dateceil", _D, (_D, _P)),
    InsightsFunction("fromMillis", _D, (_N,)),
    InsightsFunction("toMillis", _N, (_D,)),
    InsightsFunction("now", _N),
    InsightsFunction("ispresent", _B, (_V,)),
    InsightsFunction("coalesce", _V, (_V,), more=(_V,)),
    InsightsFunction("case", _V, (_B, _V), more=(_V,)),
    InsightsFunction("if", _V, (_B, _V, _V)),
    InsightsFunction("isNumeric", _B, (_V,)),
    InsightsFunction("messageSize", _N, (_V,)),
    InsightsFunction("jsonParse", _S, (_V,)),
    InsightsFunction("jsonStringify", _T, (_S,)),
    InsightsFunction("isValidIp", _B, (_T,)),
    InsightsFunction("isValidIpV4", _B, (_T,)),
    InsightsFunction("isValidIpV6", _B, (_T,)),
    InsightsFunction("isIpInSubnet", _B, (_T, ArgumentKind.SUBNET)),
    InsightsFunction("isIpv4InSubnet", _B, (_T, ArgumentKind.SUBNET)),
    InsightsFunction("isIpv6InSubnet", _B, (_T, ArgumentKind.SUBNET)),
    InsightsFunction("isempty", _B, (_V,)),
    InsightsFunction("isblank", _B, (_V,)),
    InsightsFunction("concat", _T, (_T,), more=(_T,)),
    InsightsFunction("ltrim", _T, (_T,), (_T,)),
    InsightsFunction("rtrim", _T, (_T,), (_T,)),
    InsightsFunction("trim", _T, (_T,), (_T,)),
    InsightsFunction("strlen", _N, (_T,)),
    InsightsFunction("toupper", _T, (_T,)),
    InsightsFunction("tolower", _T, (_T,)),
    InsightsFunction("substr", _T, (_T, _N), (_N,)),
    InsightsFunction("replace", _T, (_T, _T, _T)),
    InsightsFunction("strcontains", _B, (_T, _T), (_B,)),
    InsightsFunction("startsWith", _B, (_T, _T)),
    InsightsFunction("endsWith", _B, (_T, _T)),
)

_AGGREGATES = (
    InsightsFunction("avg", _N, (_N,), aggregate=True),
    InsightsFunction("count", _N, (), (_V,), aggregate=True),
    InsightsFunction("count_distinct", _N, (_V,), aggregate=True),
    InsightsFunction("max", _V, (_V,), aggregate=True),
    InsightsFunction("min", _V, (_V,), aggregate=True),
    InsightsFunction("median", _N, (_N,), aggregate=True),
    InsightsFunction("pct", _N, (_N, ArgumentKind.PERCENT), aggregate=True),
    InsightsFunction("stddev", _N, (_N,), aggregate=True),
    InsightsFunction("sum", _N, (_N,), aggregate=True),
    InsightsFunction("earliest", _V, (_V,), aggregate=True),
    InsightsFunction("latest", _V, (_V,), aggregate=True),
    InsightsFunction("sortsFirst", _V, (_V,), aggregate=True),
    InsightsFunction("sortsLast", _V, (_V,), aggregate=True),
)

FUNCTIONS: Mapping[str, InsightsFunction] = {
    function.name.lower(): function for function in _SCALARS + _AGGREGATES
}
"""Every function of the lab, by its name in lower case."""

NOT_EMULATED = frozenset(
    {
        "base64decode",
        "base64encode",
        "dectohex",
        "formatdate",
        "haversine",
        "hextoascii",
        "hextodec",
        "ipv4tonumber",
        "isprivateip",
        "ispublicip",
        "isreservedip",
        "jsonarraycontains",
        "jsonarraysize",
        "parsedate",
        "queryendtime",
        "querystarttime",
        "querytimerange",
        "regex_replace",
        "regexreplace",
        "split",
        "strftime",
        "todouble",
        "toint",
        "tolong",
        "urldecode",
        "urlencode",
        "values",
    }
)
"""Functions AWS has and the lab does not, in lower case."""

NOT_EMULATED_COMMANDS = frozenset(
    {
        "addtotals",
        "anomaly",
        "diff",
        "estimate",
        "expand",
        "filterindex",
        "head",
        "join",
        "lookup",
        "order",
        "pattern",
        "relevantfields",
        "search",
        "source",
        "tail",
        "unmask",
        "unnest",
    }
)
"""Commands AWS has, or had, and the lab does not, in lower case."""
