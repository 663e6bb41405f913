"""Users of each operation of ours: an operation without one is not emulated.

A user is a page of the course, an exercise, one of its clients, a planned page,
or the normal use of a stock client: AWS's own SDKs and command line, watchtower.
"""

from collections.abc import Mapping

_DAEMON = "stock client: the X-Ray SDK, through the daemon"
_CLI = "stock client: aws "

USED_BY: Mapping[str, Mapping[str, str]] = {
    "xray": {
        "BatchGetTraces": "client: xray",
        "CreateGroup": "page: 03",
        "CreateSamplingRule": "page: 03",
        "DeleteGroup": _CLI + "xray delete-group, for the group of page 03",
        "DeleteSamplingRule": "exercise: quiet_the_robot",
        "GetGroup": _CLI + "xray get-group, for a group of page 03",
        "GetGroups": "page: 03",
        "GetSamplingRules": "page: 03",
        "GetSamplingStatisticSummaries": "planned page: 12, how a reservoir is filled",
        "GetSamplingTargets": _DAEMON,
        "GetServiceGraph": "client: xray",
        "GetTraceGraph": "client: xray",
        "GetTraceSummaries": "client: xray",
        "PutTelemetryRecords": "stock client: AWS's own X-Ray daemon",
        "PutTraceSegments": "client: xray",
        "UpdateGroup": _CLI + "xray update-group, for a group of page 03",
        "UpdateSamplingRule": _CLI + "xray update-sampling-rule, for a rule of page 03",
    },
    "logs": {
        "CreateLogGroup": "page: 05",
        "CreateLogStream": "page: 05",
        "DeleteLogGroup": "exercise: cloudwatch",
        "DeleteLogStream": _CLI + "logs delete-log-stream, for a stream of page 04",
        "DeleteMetricFilter": _CLI + "logs delete-metric-filter, for one of page 05",
        "DeleteQueryDefinition": _CLI + "logs delete-query-definition, of page 05",
        "DeleteRetentionPolicy": _CLI + "logs delete-retention-policy",
        "DescribeLogGroups": "stock client: watchtower",
        "DescribeLogStreams": _CLI + "logs describe-log-streams",
        "DescribeMetricFilters": _CLI + "logs describe-metric-filters, of page 05",
        "DescribeQueries": _CLI + "logs describe-queries, what a page has running",
        "DescribeQueryDefinitions": "page: 05",
        "FilterLogEvents": "client: cloudwatch",
        "GetLogEvents": _CLI + "logs get-log-events",
        "GetQueryResults": "client: cloudwatch",
        "ListTagsForResource": _CLI + "logs list-tags-for-resource, tags of watchtower",
        "PutLogEvents": "page: 04",
        "PutLogGroupDeletionProtection": _CLI + "logs, to undo what CreateLogGroup set",
        "PutMetricFilter": "page: 05",
        "PutQueryDefinition": "page: 05",
        "PutRetentionPolicy": "stock client: watchtower, log_group_retention_days",
        "StartQuery": "client: cloudwatch",
        "StopQuery": "client: cloudwatch",
        "TagResource": "stock client: watchtower, log_group_tags",
        "TestMetricFilter": "page: 05",
        "UntagResource": _CLI + "logs untag-resource, tags of watchtower",
    },
    "cloudwatch": {
        "DeleteAlarms": "page: 05",
        "DescribeAlarmHistory": "client: cloudwatch",
        "DescribeAlarms": "client: cloudwatch",
        "DisableAlarmActions": _CLI + "cloudwatch, to silence an alarm of page 05",
        "EnableAlarmActions": _CLI + "cloudwatch, to let it be heard again",
        "GetMetricData": "client: cloudwatch",
        "GetMetricStatistics": _CLI + "cloudwatch get-metric-statistics",
        "ListMetrics": _CLI + "cloudwatch list-metrics",
        "PutCompositeAlarm": "planned page: 11, burn rates in two windows",
        "PutMetricAlarm": "page: 05",
        "PutMetricData": "exercise: raise_the_alarm",
        "SetAlarmState": _CLI + "cloudwatch set-alarm-state, to try an alarm's actions",
    },
}
"""Service → operation → kind of user and user."""
