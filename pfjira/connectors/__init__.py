"""One remote system each: a connector answers "what is there?" and "make it so"; it never decides."""
