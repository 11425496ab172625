"""What every room stands on: settings, database, clock, errors, logs, migrations. Knows no patient."""
