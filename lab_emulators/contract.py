"""The one list of names and numbers that both packages must agree on."""

ACCOUNT_ID = "123456789012"
"""The AWS account of the lab."""

REGION = "us-east-1"
"""The AWS region of the lab where nobody says another."""
