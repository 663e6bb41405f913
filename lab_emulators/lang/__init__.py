"""Parts that the query languages of all vendors share: positions, errors, nodes.

A language is a folder `languages/<name>/` of its vendor with five files:

- `grammar.lark`: the syntax.
- `nodes.py`: the tree, made of the nodes here and of some of its own.
- `parser.py`: a `Grammar` with a builder of nodes; `parse` gives a checked tree, or
  raises the vendor's error for any `QueryError`.
- `check.py`: what may stand where, as errors that name a position.
- `compile.py`: the tree as expressions and steps of the store, or as a function.
"""
