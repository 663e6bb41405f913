"""Rollbar's API as DataFrames."""
