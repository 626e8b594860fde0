"""The receiver: verify, store, answer. It holds no login to any system, and works nothing off."""
