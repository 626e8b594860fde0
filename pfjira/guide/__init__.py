"""The manual, as Markdown beside this file: shown by `pfjira guide`, and tried by the tests. No code lives here."""
