"""Groups, their time steps, all rows and the rest, as one relation in SQL.

The groups are computed and ranked first; the other levels read the same rows, joined
where needed with the ranks of their groups.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from lab_emulators.store.query.aggregates import Grouping, Relation
from lab_emulators.store.query.expr import TRUE, Cell, Column
from lab_emulators.store.query.pipeline import LEVEL, RANK, STEP, Level, Rollup
from lab_emulators.store.query.render import Params, Renderer


@dataclass(frozen=True, slots=True)
class RollupWriter:
    """Writes one `Rollup` over the relation of a `Grouping`.

    `keys` are the key columns there; `names` has the columns of keys and measures
    after grouping, by their names in the pipeline.
    """

    rollup: Rollup
    grouping: Grouping
    keys: Sequence[str]
    names: Mapping[str, str]
    params: Params

    @property
    def scope(self) -> dict[str, str]:
        """The columns of the rolled-up rows by their names in the pipeline."""
        derived = {name: f"d{i}" for i, name in enumerate(self.rollup.derived)}
        levels = {LEVEL.key: "level", RANK.key: "rank", STEP.key: "t"}
        return {**self.names, **derived, **levels}

    def ranked(self) -> str:
        """The groups that fulfill `having`, each with its rank."""
        groups = self.grouping.select(
            lambda base: base, self.keys, every=bool(self.keys)
        )
        having = self.rollup.having
        where = "" if having is TRUE else f" WHERE {self._render(having)}"
        terms = [
            f"{self._render(one.value)} {'DESC' if one.descending else 'ASC'}"
            for one in self.rollup.by
        ]
        terms = [f"{term} NULLS LAST" for term in [*terms, *self.keys]]
        order = f"ORDER BY {', '.join(terms)}" if terms else ""
        return (
            f"SELECT *, row_number() OVER ({order}) AS rank "
            f"FROM ({self._with_derived(groups)}){where}"
        )

    def levels(self, ranked: str) -> str:
        """All levels, one below the other, from the relation of ranked groups."""
        return " UNION ALL BY NAME ".join(self._levels(ranked))

    @property
    def _render(self) -> Renderer:
        scope = self.scope

        def named(node: Cell) -> str:
            if isinstance(node, Column) and node.key in scope:
                return scope[node.key]
            raise ValueError("a group has its keys, measures and derived values only")

        return Renderer(named, self.params)

    def _with_derived(self, sql: str) -> str:
        derived = [
            f", {self._render(expr)} AS d{index}"
            for index, expr in enumerate(self.rollup.derived.values())
        ]
        return f"SELECT *{''.join(derived)} FROM ({sql})" if derived else sql

    def _levels(self, ranked: str) -> Iterator[str]:
        # Only the groups are in `ranked`: every other level is measured from the rows
        # again, because a median or distinct count of it does not follow from groups.
        first = f"rank <= {self.rollup.limit}"
        yield f"SELECT '{Level.GROUPS}' AS level, * FROM {ranked} WHERE {first}"
        for level in self.rollup.levels:
            if level is Level.GROUPS:
                continue
            relation: Relation = lambda base: base  # noqa: E731
            by: Sequence[str] = ["t"] if level is Level.TOTAL_STEPS else []
            if level is Level.STEPS:
                relation, by = self._within(ranked, first), ["rank", "t"]
            elif level is Level.OTHER:
                beyond = f"rank > {self.rollup.limit}"
                relation = self._within(ranked, beyond)
            measures = self.grouping.select(relation, by, every=False)
            yield f"SELECT '{level}' AS level, * FROM ({self._with_derived(measures)})"

    def _within(self, ranked: str, condition: str) -> Relation:
        """Rows of the groups whose rank fulfills `condition`, with that rank."""
        same = [f"r.{key} IS NOT DISTINCT FROM q.{key}" for key in self.keys]
        on = " AND ".join([*same, f"q.{condition}"])
        return lambda base: (
            f"(SELECT r.*, q.rank FROM {base} AS r JOIN {ranked} AS q ON {on})"
        )
