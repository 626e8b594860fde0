"""Does what the engine decided. Names no system, writes no SQL, speaks no HTTP."""
