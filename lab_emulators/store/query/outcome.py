"""What a pipeline finds among the rows that a reader sees."""

from dataclasses import dataclass

import pyarrow as pa

from lab_emulators.store.query.pipeline import Pipeline
from lab_emulators.store.query.reader import Reader
from lab_emulators.store.query.stages import TALLY, THERE, compile_pipeline


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a pipeline shows, a column for each name, and its tally if it has one."""

    table: pa.Table
    tally: int | None = None


def run_pipeline(reader: Reader, pipeline: Pipeline) -> Outcome:
    """Run one pipeline over what `reader` sees."""
    statement = compile_pipeline(pipeline)
    table = reader.execute(statement.sql, statement.params)
    names = list(pipeline.show)
    if pipeline.tally is None:
        return Outcome(table.select(range(len(names))).rename_columns(names))
    tally = table.column(TALLY)[0].as_py()
    there = table.filter(table.column(THERE).is_valid())
    shown = there.select([f"s{place}" for place in range(len(names))])
    return Outcome(shown.rename_columns(names), tally)
