"""Exercises of `00_start_here.ipynb`: a first visit, a first look at a trace."""

from lab_helpers.exercises.catalog import Book
from lab_helpers.exercises.nb00 import find_the_slowest, visit_the_search

BOOK = Book(
    "00_start_here.ipynb", (visit_the_search.EXERCISE, find_the_slowest.EXERCISE)
)
