"""Where things are and what they say."""
