"""The one list of names and numbers that both packages must agree on."""

from importlib.metadata import version

VERSION = version("tracing-workbook")
"""The version of the distribution that both packages come in."""

HONEYCOMB_PORT = 7318
"""Not OTLP's 4318: a forgotten endpoint must fail here as it would in real life."""

AWS_PORT = 7320
XRAY_PORT = 2000
"""The real daemon's: SDKs look there when nothing else is said."""

ROLLBAR_PORT = 7321

ACCOUNT_ID = "123456789012"
"""The AWS account of the lab."""

REGION = "us-east-1"
"""The AWS region of the lab where nobody says another."""

ALARM_EVALUATION_PATH = "/lab/alarms/tick"
"""A POST there evaluates the alarms of the local AWS, `?now=` as of that second."""

CONTROL_TOKEN_HEADER = "X-Lab-Token"
"""Carries the token that the lab's ready line names, in calls of its control server."""

TEAM_HEADER = "X-Honeycomb-Team"
HONEYCOMB_API_KEY = "localLabKey00000000000"
"""The lab's own configuration key: 22 characters like a real one."""

ROLLBAR_TOKEN_HEADER = "X-Rollbar-Access-Token"
ROLLBAR_API_PATH = "/api/1/"
"""Path of Rollbar's API; libraries take the URL with the slash at its end."""

ROLLBAR_POST_SERVER_TOKEN = "1abfake0000000000000000005e47e40"
ROLLBAR_POST_CLIENT_TOKEN = "1abfake000000000000000000c11e470"
ROLLBAR_READ_TOKEN = "1abfake000000000000000000004ead0"
ROLLBAR_WRITE_TOKEN = "1abfake00000000000000000000f417e"
"""The lab's own access tokens: 32 characters like real ones, and no hexadecimal
number."""
