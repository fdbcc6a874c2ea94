"""The ceiling: a bare Flask "hello" on the same gunicorn. Nothing of Guichet is in it."""

from flask import Flask

app = Flask(__name__)


@app.get("/")
def hello() -> str:
    return "hello"
