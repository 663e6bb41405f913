"""OTLP request bodies as messages, read with one strictness for every vendor."""
