"""SAFRS: JSON:API and its Swagger page, made of Flask-SQLAlchemy's models."""

import os

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from safrs import SAFRSAPI, SAFRSBase

from bench.peers.models import Columns

app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["DATABASE_URL"].replace(
    "postgresql://", "postgresql+psycopg2://", 1
)
app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {"pool_size": 20, "max_overflow": 0}
app.config["MAX_PAGE_LIMIT"] = 1000
db = SQLAlchemy(app)


class Item(SAFRSBase, Columns, db.Model):
    """The table that is read and changed."""

    __tablename__ = "items"
    allow_client_generated_ids = True


with app.app_context():
    api = SAFRSAPI(app, prefix="/api")
    api.expose_object(Item)
