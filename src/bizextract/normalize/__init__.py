"""Pure functions from words to values: money, numbers, dates, places and names. No spaCy."""
