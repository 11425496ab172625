"""A made-up cohort for demo and benchmarks: pure, the same for the same seed; no database, web or clock."""

from service.cohort.generate import cohort
from service.cohort.model import Cohort, Event, MadeUpPatient, Readings, Upload
from service.cohort.ongoing import next_uploads

__all__ = ["Cohort", "Event", "MadeUpPatient", "Readings", "Upload", "cohort", "next_uploads"]
