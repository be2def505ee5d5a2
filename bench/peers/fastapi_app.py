"""The usual stack of this field: FastAPI, pydantic, SQLAlchemy's asynchronous ORM, asyncpg."""

import os
from collections.abc import AsyncIterator
from datetime import datetime
from decimal import Decimal
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict
from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase

from bench.peers.models import Columns

URL = os.environ["DATABASE_URL"].replace("postgresql://", "postgresql+asyncpg://", 1)
app = FastAPI()
engine = create_async_engine(URL, pool_size=20, max_overflow=0)
sessions = async_sessionmaker(engine, expire_on_commit=False)


class Base(DeclarativeBase):
    """The tables."""


class Item(Columns, Base):
    """The table that is read and changed."""

    __tablename__ = "items"


class Arrival(Columns, Base):
    """The table of bulk inserts."""

    __tablename__ = "arrivals"


TABLES = {"items": Item, "arrivals": Arrival}


class Row(BaseModel):
    """A row, in and out."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    name: str
    price: Decimal
    score: float | None
    active: bool
    made_at: datetime
    quantity: int
    grade: int | None
    category: str


class Changes(BaseModel):
    """What an update may set."""

    price: Decimal | None = None
    quantity: int | None = None


class Count(BaseModel):
    """How many rows were written."""

    count: int


async def session() -> AsyncIterator[AsyncSession]:
    """A session for one request."""
    async with sessions() as found:
        yield found


Session = Annotated[AsyncSession, Depends(session)]


@app.get("/items/{key}")
async def one(key: int, session: Session) -> Row:
    """One row by key."""
    found = await session.get(Item, key)
    if found is None:
        raise HTTPException(404)
    return Row.model_validate(found)


@app.get("/items")
async def page(session: Session, category: str, limit: int, *, active: bool) -> list[Row]:
    """The first rows of a category."""
    query = select(Item).where(Item.category == category, Item.active == active)
    found = await session.scalars(query.order_by(Item.made_at, Item.id).limit(limit))
    return [Row.model_validate(item) for item in found]


@app.get("/items.ndjson")
async def stream() -> StreamingResponse:
    """All rows."""

    async def lines() -> AsyncIterator[str]:
        async with sessions() as found:
            query = select(Item).order_by(Item.id).execution_options(yield_per=1000)
            async for some in (await found.stream_scalars(query)).partitions():
                yield "".join([Row.model_validate(item).model_dump_json() + "\n" for item in some])

    return StreamingResponse(lines(), media_type="application/x-ndjson")


@app.post("/{table}", status_code=201)
async def write(table: str, rows: list[Row], session: Session) -> Count:
    """New rows, in one transaction."""
    await session.execute(insert(TABLES[table]), [row.model_dump() for row in rows])
    await session.commit()
    return Count(count=len(rows))


@app.patch("/items/{key}")
async def change(key: int, changes: Changes, session: Session) -> Count:
    """Other values for a row."""
    new = changes.model_dump(exclude_unset=True)
    done = await session.execute(update(Item).where(Item.id == key).values(new))
    await session.commit()
    return Count(count=done.rowcount)


@app.delete("/items/{key}")
async def remove(key: int, session: Session) -> Count:
    """Away with a row."""
    done = await session.execute(delete(Item).where(Item.id == key))
    await session.commit()
    return Count(count=done.rowcount)
