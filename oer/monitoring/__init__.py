"""The state of the installation for those who look after it: readiness, alarms, the operations page, metrics."""
