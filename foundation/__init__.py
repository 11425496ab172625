"""What every room stands on: settings, database, clock, errors, logs, migrations; it knows no patient."""
