"""The storage of X-Ray: segment documents by trace, groups, sampling rules."""
