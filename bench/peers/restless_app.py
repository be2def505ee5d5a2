"""Flask-Restless-NG: JSON:API made of SQLAlchemy's models."""

import os

from flask import Flask
from flask_restless import APIManager
from sqlalchemy import create_engine
from sqlalchemy.orm import DeclarativeBase, scoped_session, sessionmaker

from bench.peers.models import Columns

URL = os.environ["DATABASE_URL"].replace("postgresql://", "postgresql+psycopg2://", 1)
app = Flask(__name__)
engine = create_engine(URL, pool_size=20, max_overflow=0)
session = scoped_session(sessionmaker(bind=engine))


class Base(DeclarativeBase):
    """The tables."""


class Item(Columns, Base):
    """The table that is read and changed."""

    __tablename__ = "items"


manager = APIManager(app, session=session)
manager.create_api(
    Item,
    collection_name="items",
    methods=["GET", "POST", "PATCH", "DELETE"],
    allow_client_generated_ids=True,
    max_page_size=1000,
)


@app.teardown_appcontext
def end(_: BaseException | None) -> None:
    """A request's session ends with it."""
    session.remove()
