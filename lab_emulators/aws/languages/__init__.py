"""The query and expression languages of the emulated AWS services."""
