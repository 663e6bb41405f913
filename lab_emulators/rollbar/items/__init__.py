"""Items and their occurrences: from a payload to a group, its counts and filters."""
