"""A bare Flask view that answers constant bytes, as long as the gateway's answer of one row."""

from flask import Flask, Response

from bench.items import row_text

app = Flask(__name__, static_folder=None)

ANSWER = f'{{"data":[{row_text("77777", 77777)}],"count":1,"total":null,"next_cursor":null}}'.encode()


@app.post("/api/v1/records/read")
def constant() -> Response:
    """Answer the same whatever is asked."""
    return Response(ANSWER, mimetype="application/json")
