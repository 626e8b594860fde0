"""Says: parses the command line, calls one operation, prints, exits."""
