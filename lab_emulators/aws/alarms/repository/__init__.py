"""The storage of alarms: their settings, their states, their history."""
