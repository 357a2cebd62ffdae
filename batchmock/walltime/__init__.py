"""The links between the clock of a mock and external time: sleeps, event loops, freezegun, the wall clock."""
