"""PeopleForce, the HR system (public API v3)."""
