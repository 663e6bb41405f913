"""The expression language of Honeycomb's calculated fields."""
