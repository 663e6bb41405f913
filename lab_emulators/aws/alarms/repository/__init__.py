"""What is stored of alarms: their settings, their states, their history."""
