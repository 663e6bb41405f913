"""A tree written as text, with all its parentheses, reads as the same tree."""

from hypothesis import given
from hypothesis import strategies as st

from lab_emulators.aws.languages.insights import nodes as tree
from lab_emulators.aws.languages.insights.functions import FUNCTIONS
from lab_emulators.aws.languages.insights.parser import parse
from lab_emulators.lang import nodes


def quoted(text):
    """A text with whatever would end it escaped."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def expression(node):
    """An expression as text."""
    match node:
        case nodes.Field(name=name):
            return f"`{name}`"
        case nodes.Text(value=value):
            return quoted(value)
        case nodes.Number(value=value):
            return repr(value)
        case nodes.Boolean(value=value):
            return str(value).lower()
        case tree.Period(count=count, unit=unit):
            return f"{count}{unit}"
        case tree.RegexLiteral(pattern=pattern):
            return "/" + pattern.replace("/", "\\/").replace("(?P<", "(?<") + "/"
        case nodes.Star():
            return "*"
        case nodes.FunctionCall(name=name, args=args):
            return f"{FUNCTIONS[name].name}({', '.join(map(expression, args))})"
        case nodes.Binary(op=op, left=left, right=right):
            return f"({expression(left)} {op} {expression(right)})"
        case nodes.Negative(part=part):
            return f"(-{expression(part)})"
        case nodes.Not(part=part):
            return f"(not {expression(part)})"
        case nodes.AllOf(parts=parts):
            return "(" + " and ".join(map(expression, parts)) + ")"
        case nodes.AnyOf(parts=parts):
            return "(" + " or ".join(map(expression, parts)) + ")"
        case tree.TextMatch(subject=subject, pattern=pattern):
            return f"({expression(subject)} like {expression(pattern)})"
        case nodes.In(subject=subject, choices=choices):
            listed = ", ".join(map(expression, choices))
            return f"({expression(subject)} in [{listed}])"
    raise AssertionError(node)


def columns(found):
    """Columns as text."""
    alias = (f" as `{column.name}`" if column.named else "" for column in found)
    return ", ".join(
        expression(each.value) + name for each, name in zip(found, alias, strict=True)
    )


def command(found):
    """A command as text."""
    match found:
        case tree.FieldsCommand(columns=shown) | tree.DisplayCommand(columns=shown):
            name = type(found).__name__.removesuffix("Command").lower()
            return f"{name} {columns(shown)}"
        case tree.FilterCommand(condition=condition):
            return f"filter {expression(condition)}"
        case tree.StatsCommand(aggregates=aggregates, groups=groups):
            by = f" by {columns(groups)}" if groups else ""
            return f"stats {columns(aggregates)}{by}"
        case tree.SortCommand(keys=keys):
            ways = (" desc" if key.descending else " asc" for key in keys)
            named = zip(keys, ways, strict=True)
            return "sort " + ", ".join(expression(k.value) + way for k, way in named)
        case tree.LimitCommand(count=count):
            return f"limit {count}"
        case tree.ParseGlob(subject=subject, literals=literals, names=names):
            pattern = quoted("*".join(literals))
            return f"parse {expression(subject)} {pattern} as {', '.join(names)}"
        case tree.ParseRegex(subject=subject, pattern=pattern):
            return f"parse {expression(subject)} {expression(pattern)}"
        case tree.DedupCommand(fields=names):
            return "dedup " + ", ".join(map(expression, names))
    raise AssertionError(found)


@given(data=st.data())
def test_a_query_written_anew_is_the_same_query(random_queries, data):
    query = parse(data.draw(random_queries.queries()))
    assert parse(" | ".join(map(command, query.commands))) == query
