"""CloudWatch Logs' filter patterns: FilterLogEvents, metric and subscription filters.

The language is that of the user guide's "Filter pattern syntax for metric filters,
subscription filters, filter log events, and Live Tail". Where it is silent:

- A term or phrase is any part of the message's text, not only whole words. A blank
  phrase that must occur is everywhere; `""` is refused. A regular expression stands
  alone, not among terms.
- `\\"` and `\\\\` are escapes between quotes, and `\\*` an asterisk that is none;
  any other backslash is itself.
- `.` in a regular expression is any character, a line's end included; `\\s` is a
  tab, a line's end, a form feed or a space. A quantifier has no `?` behind it.
- Only objects are JSON messages, and to any other message nothing in braces applies,
  NOT EXISTS included. Of a key that is there twice the first one counts.
- A comparison, `!=` too, needs a string or a number where the selector leads; after a
  wildcard one value that fulfills it is enough. Text compares with a number as the
  message writes it; a number compares with a string by its spelling.
- The fields of a line are separated by spaces, tabs or line ends. The last field of
  a pattern without `...` takes the rest of the line, as the guide's `[w1=ERROR, w2]`
  needs. `...` may stand once. One field's conditions are about that field only.
- JSON patterns extract what their own selectors lead to. A metric's value may come
  from a selector that the pattern does not mention.
"""

from lab_emulators.aws.languages.filter_pattern.matching import PatternMatch
from lab_emulators.aws.languages.filter_pattern.parser import PatternError
from lab_emulators.aws.languages.filter_pattern.pattern import Pattern, compile_pattern

__all__ = ["Pattern", "PatternError", "PatternMatch", "compile_pattern"]
