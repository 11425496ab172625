"""The command line: `telehealth …`. It knows all the rooms and translates; the work is done in them."""

from __future__ import annotations

import json
import os
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, NoReturn
from uuid import UUID

import typer
from rich.console import Console

from foundation import logs
from foundation.clock import now
from foundation.errors import Refused, Unavailable

app = typer.Typer(
    name="telehealth", no_args_is_help=True, add_completion=True, pretty_exceptions_enable=False,
    help="Telehealth readings and alerts: readings in, checked against rules, alerts on a team's queue.",
)  # fmt: skip
patient = typer.Typer(no_args_is_help=True, help="Patients: enrol them.")
staff = typer.Typer(no_args_is_help=True, help="Staff: add them.")
token = typer.Typer(no_args_is_help=True, help="Bearer tokens, printed once; only their hash is kept.")
rules = typer.Typer(no_args_is_help=True, help="The rule packs.")
alerts = typer.Typer(no_args_is_help=True, help="Alerts: come to one again.")
score = typer.Typer(no_args_is_help=True, help="Scores of several measurements, from CSV on standard input.")
app.add_typer(patient, name="patient")
app.add_typer(staff, name="staff")
app.add_typer(token, name="token")
app.add_typer(rules, name="rules")
app.add_typer(alerts, name="alerts")
app.add_typer(score, name="score")

told = Console(stderr=True, highlight=False)


def main() -> None:
    """Run a command; what it refuses is one sentence and exit 1, never a traceback."""
    logs.set_up()
    try:
        app()
    except (Refused, Unavailable) as error:
        _fail(error.sentence)
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    except Exception as error:
        if os.environ.get("TELEHEALTH_TRACEBACK"):
            raise
        _fail(_plain(error))


def _plain(error: Exception) -> str:
    from sqlalchemy.exc import OperationalError

    if type(error).__name__ == "PackError":
        return str(error)
    if isinstance(error, OperationalError):
        return "The database cannot be reached. Check TELEHEALTH_DATABASE_URL, or run `telehealth doctor`."
    if isinstance(error, FileNotFoundError):
        return f"There is no file {error.filename}."
    return f"This failed ({type(error).__name__}). Run `telehealth doctor`, or again with TELEHEALTH_TRACEBACK=1 to see where."


def _fail(sentence: str) -> NoReturn:
    told.print(f"[red]{sentence}[/red]", soft_wrap=True)
    raise SystemExit(1)


# ------------------------------------------------------------------ processes


@app.command()
def demo(
    port: Annotated[int, typer.Option(help="Port of the pages.")] = 8000,
    data: Annotated[Path | None, typer.Option(help="Folder of the demo's database.")] = None,
    patients: Annotated[int, typer.Option(min=2, help="Made-up patients.")] = 200,
    days: Annotated[int, typer.Option(min=2, help="Days of readings they have sent already.")] = 60,
    quiet: Annotated[bool, typer.Option(help="No progress, no further uploads shown.")] = False,
) -> None:
    """Start everything on the embedded database, with made-up people who keep uploading."""
    from service import demo as demo_

    demo_.run(port=port, data=data, patients=patients, days=days, quiet=quiet)


@app.command()
def serve(
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Web processes.")] = None,
) -> None:
    """Serve the API and the pages."""
    from service import serve as serve_

    serve_.run(port=port, workers=workers)


@app.command()
def checker() -> None:
    """Check readings as they arrive, and what falls overdue."""
    from service import checker as checker_

    checker_.main()


@app.command()
def notifier() -> None:
    """Send what waits in the outbox."""
    from service import notifier as notifier_

    notifier_.main()


@app.command()
def check(once: Annotated[bool, typer.Option("--once", help="One whole pass, then stop.")] = True) -> None:
    """Make one pass over what is waiting and overdue; print what it did as one JSON line."""
    from dataclasses import asdict

    from alerts import packs
    from alerts.check import Checker

    del once
    read, problem = packs.put_on_record(now())
    if problem:
        told.print(f"[red]{problem} Checked by the rules on record.[/red]", soft_wrap=True)
    print(json.dumps(asdict(Checker(read).run(now))))


# ------------------------------------------------------------------ operating


@app.command()
def migrate() -> None:
    """Bring the database to this version. Safe to run twice, by two at once, and while serving."""
    from foundation import migrations

    migrations.migrate()
    told.print("The database is up to date.")


@app.command()
def doctor(
    process: Annotated[
        str | None, typer.Option(help="Only whether this process lives: checker or notifier.")
    ] = None,
) -> None:
    """Check database, schema, clock, queue and processes; say what to do. Exit 1 if anything is wrong."""
    from service import doctor as doctor_

    findings = doctor_.examine(now()) if process is None else doctor_.examine_process(process, now())
    for finding in findings:
        told.print(
            f"[{'green' if finding.good else 'red'}]{'ok ' if finding.good else 'BAD'}[/] {finding.sentence}",
            soft_wrap=True,
        )
    if not all(finding.good for finding in findings):
        raise SystemExit(1)


# ------------------------------------------------------------------ people


@patient.command("add")
def add_patient(
    nhs_number: Annotated[str, typer.Option("--nhs-number")],
    name: Annotated[str, typer.Option()],
    born: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="Date of birth, like 1950-01-31.")],
    pathway: Annotated[list[str], typer.Option(help="Pathway; give it once for each.")],
    team: Annotated[str | None, typer.Option(help="Team; made where there is none of this name.")] = None,
    phone: Annotated[str | None, typer.Option()] = None,
) -> None:
    """Enrol a patient on pathways, and print a code for their first sign-in."""
    from service import enrolment

    enrolled = enrolment.add_patient(nhs_number, name, _day(born), pathway, team=team, phone=phone, at=now())
    print(json.dumps(enrolled))


@staff.command("add")
def add_staff(
    email: Annotated[str, typer.Option()],
    role: Annotated[str, typer.Option(help="clinician, coordinator, lead or admin.")],
    team: Annotated[
        list[str] | None, typer.Option(help="Team; made where there is none of this name.")
    ] = None,
    name: Annotated[str | None, typer.Option()] = None,
) -> None:
    """Add a member of staff, and print their first password and the secret of their code app, once."""
    from service import enrolment

    print(json.dumps(enrolment.add_staff(email, name or email.split("@")[0], role, team or [], at=now())))


@token.command("patient")
def token_patient(nhs_number: str) -> None:
    """Print a bearer token of a patient."""
    from service import enrolment

    print(enrolment.patient_token(nhs_number, at=now()))


@token.command("staff")
def token_staff(email: str) -> None:
    """Print a bearer token of a member of staff."""
    from service import enrolment

    print(enrolment.staff_token(email, at=now()))


@app.command("import")
def import_file(
    file: Path,
    patient: Annotated[str, typer.Option(help="NHS number of the patient whose readings these are.")],
    format: Annotated[str, typer.Option(help="auto, libreview or csv.")] = "auto",  # noqa: A002 the option's name
    unit: Annotated[
        str | None, typer.Option(help="Unit, where the file does not say it: mg/dL, mmol/L …")
    ] = None,
    only: Annotated[str | None, typer.Option(help="Of a file of several people, the one to take.")] = None,
    json_: Annotated[
        bool, typer.Option("--json", help="One JSON line for each item that was rejected or held.")
    ] = False,
) -> None:
    """Read a file into a patient's record; print what became of its items."""
    from service import importing

    importing.run(file, patient, format_=format, unit=unit, only=only, as_json=json_, at=now())


# ------------------------------------------------------------------ scores and figures


@score.command("news2")
def score_news2(
    json_: Annotated[bool, typer.Option("--json", help="One JSON line a row.")] = False,
) -> None:
    """NEWS2 of each row: rr,spo2,o2,sbp,hr,acvpu,temp,scale; empty is missing. Exit 1 if a row was bad."""
    from service import scoring

    raise SystemExit(scoring.main(as_json=json_))


@app.command("glucose")
def glucose_of(
    file: Annotated[Path, typer.Argument(help="CSV with the columns id, time and gl.")],
    unit: Annotated[str, typer.Option(help="Unit of gl: mg/dL or mmol/L; never guessed from the numbers.")],
    json_: Annotated[bool, typer.Option("--json", help="One JSON line a person.")] = False,
) -> None:
    """What sensor values say of each person: mean, GMI, variation, time in ranges."""
    from service import sensor_file

    raise SystemExit(sensor_file.run(file, unit, as_json=json_))


# ------------------------------------------------------------------ rules


@rules.command("list")
def list_rules() -> None:
    """Every rule, with its life where there is a database, and what waits for people."""
    from service import rules_list

    lines, waiting = rules_list.lines()
    for line in lines:
        print(line)
    for sentence in waiting:
        told.print(f"[yellow]{sentence}[/]", soft_wrap=True)


@rules.command("show")
def show_rule(rule: str) -> None:
    """One rule, as an alert pins it."""
    from alerts import pathways
    from foundation.settings import settings

    try:
        print(json.dumps(pathways.load(settings().pathways).rule(rule).body(), indent=2))
    except KeyError:
        _fail(f"There is no rule {rule}. `telehealth rules list` names them all.")


@rules.command("check")
def check_rules(
    folder: Annotated[Path, typer.Argument(help="A folder of packs, or one pack in it.")],
) -> None:
    """Check packs; errors name file, line and fix."""
    from alerts import pathways

    try:
        packs = pathways.load(folder if folder.is_dir() else folder.parent)
    except pathways.PackError as error:
        _fail(str(error))
    told.print(f"{len(packs.by_id)} packs with {len(packs.rules)} rules: nothing wrong found.")


@rules.command("run")
def run_rules(
    pack: Annotated[str, typer.Option(help="Pathway whose rules to run, beside those for everyone.")],
    readings: Annotated[Path, typer.Option(help="CSV: patient,kind,value,unit,measured_at[,received_at].")],
    as_of: Annotated[str, typer.Option(help="Judge as at this time, like 2026-11-20T08:00:00Z.")],
    replay_daily: Annotated[
        bool, typer.Option("--replay-daily", help="As if checked every day, as the readings arrived.")
    ] = False,
    schedule: Annotated[
        bool, typer.Option("--schedule", help="Also say which readings are missing.")
    ] = False,
    json_: Annotated[bool, typer.Option("--json", help="One JSON line an episode of breach.")] = False,
) -> None:
    """Run a pathway's rules over a file of readings, without a database."""
    from alerts import pathways
    from foundation.settings import settings
    from ingest import times
    from service import rules_run

    packs = pathways.load(settings().pathways)
    at = times.resolve(as_of).at
    if not rules_run.run(
        readings, pack, at, packs, replay_daily=replay_daily, schedule=schedule, as_json=json_
    ):
        raise SystemExit(1)


@rules.command("backtest")
def backtest_rule(
    rule: Annotated[str, typer.Argument(help="A rule that runs here, or one of --file.")],
    set_: Annotated[
        list[str] | None, typer.Option("--set", help="A number of it, like rise_kg=1.5; once for each.")
    ] = None,
    file: Annotated[Path | None, typer.Option(help="The pack (TOML) that the rule is in.")] = None,
    since: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day; else 90 days back.")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day; else until now.")
    ] = None,
    team: Annotated[list[str] | None, typer.Option(help="Only patients of this team; once for each.")] = None,
    json_: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """What a rule, or a change of one, would have raised over what is stored, as it came then."""
    from service import backtesting

    backtesting.run(
        rule, numbers=set_ or (), file=file, since=since, until=until, teams=team or (), as_json=json_, at=now()
    )  # fmt: skip


@alerts.command("replay")
def replay_alert(alert_id: Annotated[UUID, typer.Argument(metavar="ID")]) -> None:
    """Judge an alert again: by the evidence pinned to it, and by what is stored now."""
    from service import judged_again

    raise SystemExit(judged_again.run(alert_id, now()))


def _day(moment: datetime) -> date:
    return moment.replace(tzinfo=UTC).date()


if __name__ == "__main__":
    main()
