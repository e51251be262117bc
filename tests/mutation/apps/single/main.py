"""A whole application in one file: the path names the user, and a dependency holds that against the token."""

import os

import jwt
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy.pool import StaticPool
from sqlmodel import Field, Session, SQLModel, create_engine, select

SECRET = os.environ["JWT_SECRET"]
engine = create_engine("sqlite://", connect_args={"check_same_thread": False}, poolclass=StaticPool)
bearer = HTTPBearer()
app = FastAPI()


class Note(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    user_id: str = Field(index=True)
    title: str


class Entry(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    note_id: int = Field(foreign_key="note.id")
    text: str


class NoteBody(SQLModel):
    title: str


class EntryBody(SQLModel):
    text: str


def get_session():
    with Session(engine) as session:
        yield session


def current_user(credentials: HTTPAuthorizationCredentials = Depends(bearer)) -> str:
    try:
        payload = jwt.decode(credentials.credentials, SECRET, algorithms=["HS256"])
    except jwt.InvalidTokenError:
        raise HTTPException(status_code=401, detail="invalid token")
    subject = payload.get("sub")
    if subject is None:
        raise HTTPException(status_code=401, detail="invalid token")
    return subject


def same_user(user_id: str, caller: str = Depends(current_user)) -> str:
    if user_id != caller:
        raise HTTPException(status_code=403, detail="not yours")
    return caller


def owned_note(session: Session, note_id: int, user_id: str) -> Note:
    note = session.get(Note, note_id)
    if note is None or note.user_id != user_id:
        raise HTTPException(status_code=404, detail="no such note")
    return note


@app.get("/health")
def health():
    return {"status": "ok"}


@app.get("/api/{user_id}/notes")
def list_notes(user_id: str, caller: str = Depends(same_user), session: Session = Depends(get_session)):
    query = select(Note)
    query = query.where(Note.user_id == user_id)
    return session.exec(query).all()


@app.post("/api/{user_id}/notes", status_code=201)
def create_note(
    user_id: str, body: NoteBody, caller: str = Depends(same_user), session: Session = Depends(get_session)
):
    note = Note(title=body.title, user_id=caller)
    session.add(note)
    session.commit()
    session.refresh(note)
    return note


@app.get("/api/{user_id}/notes/{note_id}")
def read_note(user_id: str, note_id: int, caller: str = Depends(same_user), session: Session = Depends(get_session)):
    note = session.exec(select(Note).where(Note.id == note_id, Note.user_id == user_id)).first()
    if not note:
        raise HTTPException(status_code=404, detail="no such note")
    return note


@app.put("/api/{user_id}/notes/{note_id}")
def change_note(
    user_id: str,
    note_id: int,
    body: NoteBody,
    caller: str = Depends(same_user),
    session: Session = Depends(get_session),
):
    note = session.get(Note, note_id)
    if not note:
        raise HTTPException(status_code=404, detail="no such note")
    if note.user_id != caller:
        raise HTTPException(status_code=404, detail="no such note")
    note.title = body.title
    session.add(note)
    session.commit()
    session.refresh(note)
    return note


@app.delete("/api/{user_id}/notes/{note_id}", status_code=204)
def delete_note(user_id: str, note_id: int, caller: str = Depends(same_user), session: Session = Depends(get_session)):
    note = owned_note(session, note_id, caller)
    session.delete(note)
    session.commit()


@app.get("/api/{user_id}/notes/{note_id}/entries")
def list_entries(user_id: str, note_id: int, caller: str = Depends(same_user), session: Session = Depends(get_session)):
    note = owned_note(session, note_id, caller)
    return session.exec(select(Entry).where(Entry.note_id == note.id)).all()


@app.post("/api/{user_id}/notes/{note_id}/entries", status_code=201)
def add_entry(
    user_id: str,
    note_id: int,
    body: EntryBody,
    caller: str = Depends(same_user),
    session: Session = Depends(get_session),
):
    note = owned_note(session, note_id, caller)
    entry = Entry(note_id=note.id, text=body.text)
    session.add(entry)
    session.commit()
    session.refresh(entry)
    return entry


@app.delete("/api/{user_id}/entries/{entry_id}", status_code=204)
def delete_entry(
    user_id: str, entry_id: int, caller: str = Depends(same_user), session: Session = Depends(get_session)
):
    entry = session.exec(select(Entry).join(Note).where(Entry.id == entry_id, Note.user_id == caller)).first()
    if entry is None:
        raise HTTPException(status_code=404, detail="no such entry")
    session.delete(entry)
    session.commit()
