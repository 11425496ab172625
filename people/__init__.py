"""Who: patients, carers, staff, teams, enrolment, sign-in, rights and audit; it knows no reading."""
