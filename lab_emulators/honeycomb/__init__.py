"""A local Honeycomb: OTLP and events in, Honeycomb's REST API out.

Start with `app.create_app(store, config)`. What the real service leaves unpublished
and had to be chosen here is said in the docstring of the function that chooses it.
"""
