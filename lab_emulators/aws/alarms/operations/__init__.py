"""The operations on alarms."""
