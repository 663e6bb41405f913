"""CloudWatch's APIs as DataFrames."""
