"""Calls over HTTP and by boto3 for every client: retries, deadlines, errors."""
