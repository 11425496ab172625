import csv
import io

import pytest

from dashboards.spreadsheet import csv_of, harmless


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "\0", " ", "＝"])
def test_text_that_a_spreadsheet_would_run_gets_an_apostrophe(start):
    assert str(harmless(f"{start}HYPERLINK(1)")).startswith("'")


@pytest.mark.parametrize("cell", [-2.5, 3, "Ada O'Neil", "", "blood pressure - daily"])
def test_numbers_and_plain_words_stay_as_they_are(cell):
    assert harmless(cell) == cell


def test_a_file_reads_back_as_the_rows_it_was_made_of():
    told = csv_of(("who", "mean"), [('Ada, <b>the</b> "first"\nof her name', -2.5), ("=1+1", 3)])
    assert told.startswith("\ufeff")
    rows = list(csv.reader(io.StringIO(told.removeprefix("\ufeff"))))
    assert rows == [["who", "mean"], ['Ada, <b>the</b> "first"\nof her name', "-2.5"], ["'=1+1", "3"]]
