"""The one SQLite file and its lock. Only this folder speaks SQL; it decides nothing."""
