"""PeopleForce REST v3, simulated."""
