"""The one list of names and numbers that both packages must agree on."""
