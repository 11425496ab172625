"""The floor of one reading a request: a route that validates and stores nothing."""

from __future__ import annotations

import sys
from datetime import datetime

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()


class SentReading(BaseModel):
    """One reading."""

    kind: str
    value: float
    unit: str
    measured_at: datetime


class SentReadings(BaseModel):
    """An upload."""

    readings: list[SentReading]


@app.post("/floor", status_code=201)
async def floor(sent: SentReadings) -> dict[str, object]:
    return {
        "upload": "none",
        "results": [{"index": index, "verdict": "stored"} for index, _ in enumerate(sent.readings)],
    }


@app.get("/health/live")
async def live() -> dict[str, str]:
    return {"status": "live"}


if __name__ == "__main__":
    uvicorn.run(
        "benchmarks.floor_app:app",
        workers=int(sys.argv[2]),
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="critical",
    )
