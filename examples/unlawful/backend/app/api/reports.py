"""Reports: an application of its own, mounted where no guard reaches it, and half written in another framework."""

from fastapi import Depends, FastAPI
from flask import Flask
from sqlmodel import Session, select

from app.database import engine
from app.models.tables import Task
from app.security import current_user

old_reports = Flask(__name__)
reports = FastAPI()
admin = FastAPI(dependencies=[Depends(current_user)])
admin.mount("/reports", reports)


@reports.get("/done")
def count_tasks():
    with Session(engine) as session:
        return len(session.exec(select(Task)).all())
