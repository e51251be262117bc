"""The application and its routes."""

from fastapi import Depends, FastAPI, HTTPException, Request
from pydantic import BaseModel
from sqlalchemy.orm import Session

from stock.guard import TokenMiddleware
from stock.tables import Attachment, Item, get_db

app = FastAPI()
app.add_middleware(TokenMiddleware)


class ItemBody(BaseModel):
    name: str


class AttachmentBody(BaseModel):
    url: str


@app.get("/health")
def health():
    return {"status": "ok"}


@app.get("/items")
def list_items(request: Request, db: Session = Depends(get_db)):
    return db.query(Item).filter(Item.owner_id == request.state.user_id).all()


@app.post("/items", status_code=201)
def create_item(request: Request, body: ItemBody, db: Session = Depends(get_db)):
    item = Item(**body.model_dump(), owner_id=request.state.user_id)
    db.add(item)
    db.commit()
    return item


@app.get("/items/{item_id}")
def read_item(request: Request, item_id: int, db: Session = Depends(get_db)):
    item = db.query(Item).filter_by(id=item_id, owner_id=request.state.user_id).first()
    if item is None:
        raise HTTPException(status_code=404, detail="no such item")
    return item


@app.patch("/items/{item_id}")
def change_item(request: Request, item_id: int, body: ItemBody, db: Session = Depends(get_db)):
    item = db.query(Item).filter(Item.id == item_id).first()
    if item is None:
        raise HTTPException(status_code=404, detail="no such item")
    if item.owner_id != request.state.user_id:
        raise HTTPException(status_code=404, detail="no such item")
    item.name = body.name
    db.commit()
    return item


@app.delete("/items/{item_id}", status_code=204)
def delete_item(request: Request, item_id: int, db: Session = Depends(get_db)):
    user_id = request.state.user_id
    item = db.query(Item).filter(Item.id == item_id, Item.owner_id == user_id).first()
    if not item:
        raise HTTPException(status_code=404, detail="no such item")
    db.delete(item)
    db.commit()


@app.get("/items/{item_id}/attachments")
def list_attachments(request: Request, item_id: int, db: Session = Depends(get_db)):
    user_id = request.state.user_id
    item = db.query(Item).filter(Item.id == item_id, Item.owner_id == user_id).first()
    if not item:
        raise HTTPException(status_code=404, detail="no such item")
    return db.query(Attachment).filter(Attachment.item_id == item.id).all()


@app.post("/items/{item_id}/attachments", status_code=201)
def attach(request: Request, item_id: int, body: AttachmentBody, db: Session = Depends(get_db)):
    user_id = request.state.user_id
    item = db.query(Item).filter(Item.id == item_id, Item.owner_id == user_id).first()
    if not item:
        raise HTTPException(status_code=404, detail="no such item")
    attachment = Attachment(item_id=item.id, url=body.url)
    db.add(attachment)
    db.commit()
    return attachment
