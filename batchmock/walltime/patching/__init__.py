"""The replacements of sleeps and clocks: what replaces them, where they are found, and when."""
