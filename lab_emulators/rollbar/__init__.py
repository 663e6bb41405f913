"""Rollbar's API over the lab's store: errors in, items and occurrences out."""
