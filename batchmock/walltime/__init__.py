"""The links between the clock of a mock and time outside: sleeps, event loops, freezegun, the wall clock."""
