"""What changes alarms: noting what is wrong, and telling administrators."""
