"""Reports: an application of its own, mounted where no guard reaches it, and half written in another framework."""

from fastapi import FastAPI
from flask import Flask
from sqlmodel import Session, select

from app.database import engine
from app.models.tables import Task

old_reports = Flask(__name__)
reports = FastAPI()


@reports.get("/done")
def count_tasks():
    with Session(engine) as session:
        return len(session.exec(select(Task)).all())
