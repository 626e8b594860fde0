"""pfjira keeps PeopleForce and Jira Cloud in agreement, both ways."""
