"""Alarm rules of composite alarms: text to a tree, and the alarms it names."""
