"""Runs the views for BigQuery on rows of the facts: parsed as BigQuery's SQL, then run by DuckDB.

Reads {"columns": {name: type}, "facts": [row, …], "views": [[name, sql], …]} and writes {name: [row, …]}, as JSON.
"""

import datetime
import json
import sys

import duckdb
import sqlglot

TYPES = {"STRING": "VARCHAR", "INTEGER": "BIGINT", "BOOLEAN": "BOOLEAN", "TIMESTAMP": "TIMESTAMP"}


def plain(value):
    # DuckDB truncates a moment to a date, where BigQuery stays with a moment.
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        value = datetime.datetime.combine(value, datetime.time())
    return value.isoformat() + "+00:00" if isinstance(value, datetime.datetime) else value


def main():
    given = json.load(sys.stdin)
    database = duckdb.connect()
    columns = ", ".join(f"{name} {TYPES[kind]}" for name, kind in given["columns"].items())
    database.execute("CREATE SCHEMA analytics")
    database.execute(f"CREATE TABLE analytics.facts ({columns})")
    rows = [[row.get(name) for name in given["columns"]] for row in given["facts"]]
    database.executemany(f"INSERT INTO analytics.facts VALUES ({', '.join('?' for _ in given['columns'])})", rows)
    shown = {}
    for name, sql in given["views"]:
        (sql,) = sqlglot.transpile(sql, read="bigquery", write="duckdb", unsupported_level=sqlglot.ErrorLevel.RAISE)
        database.execute(f"CREATE VIEW analytics.{name} AS {sql}")
        found = database.execute(f"SELECT * FROM analytics.{name}")
        names = [column[0] for column in found.description]
        shown[name] = [dict(zip(names, map(plain, row))) for row in found.fetchall()]
    json.dump(shown, sys.stdout)


main()
