"""X-Ray's API as DataFrames."""
