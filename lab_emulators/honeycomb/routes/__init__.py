"""Routes of Honeycomb's API, a module per resource; each has a blueprint."""
