"""The rows that a lookup may join, as SQL: at most one for each combination."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from lab_emulators.store.query.expr import Cell
from lab_emulators.store.query.live_steps import (
    Atom,
    Partner,
    RowPart,
    atoms_of,
    cell_atom,
    partners,
)
from lab_emulators.store.query.pipeline import Lookup, Rows
from lab_emulators.store.query.render import Params, Renderer
from lab_emulators.store.query.scan import Alias, Scan


@dataclass(frozen=True, slots=True)
class PartnerRows:
    """The partners of `step`: what they are matched by, and the columns read later."""

    step: Lookup
    scan: Scan
    matched: Sequence[str]
    columns: Mapping[Partner, str]

    @classmethod
    def of(
        cls, step: Lookup, rows: Rows, after: Collection[Atom], alias: Alias
    ) -> "PartnerRows":
        """The partners with those of their columns that are in `after`."""
        later = sorted(partners(step.name, after), key=repr)
        tests = (step.where, *(partner for _, partner in step.on))
        tested = partners(step.name, atoms_of(tests, rows.columns))
        read = {RowPart.TIME, *(atom.part for atom in (*later, *tested))}
        matched = [alias() for _ in step.on]
        columns = {atom: alias() for atom in later}
        return cls(step, Scan.of(rows, read, alias), matched, columns)

    def sql(self, params: Params) -> str:
        """The earliest partner for each combination, of equals the least in columns."""
        scope = self.scan.scope

        def named(node: Cell) -> str:
            atom = cell_atom(node)
            return scope[atom.part if isinstance(atom, Partner) else atom]

        render = Renderer(named, params)
        pairs = zip(self.step.on, self.matched, strict=True)
        cells = [f"{render(partner)} AS {alias}" for (_, partner), alias in pairs]
        cells += [f"{scope[a.part]} AS {name}" for a, name in self.columns.items()]
        # DISTINCT ON returns the first row of each combination in the ORDER BY; sorting
        # by all columns read later makes the choice among equal times repeatable.
        order = [*self.matched, scope[RowPart.TIME], *self.columns.values()]
        return (
            f"SELECT DISTINCT ON ({', '.join(self.matched)}) {', '.join(cells)} "
            f"FROM ({self.scan.sql(params)}) WHERE {render(self.step.where)} "
            f"ORDER BY {', '.join(order)}"
        )
