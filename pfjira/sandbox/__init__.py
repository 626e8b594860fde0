"""PeopleForce and Jira Cloud simulated on loopback, over real sockets.

The sandbox imports nothing of pfjira outside this folder, so that it cannot agree with our mistakes.
"""
