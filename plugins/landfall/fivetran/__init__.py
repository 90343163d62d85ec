"""Any declared source as a Fivetran connector: as a function on AWS Lambda, and for the Connector SDK.

Both read with the same hooks, strategies and decoders as the DAGs, without Airflow and without a warehouse:

    settings.py   what Fivetran hands over, as the connections that hooks read
    shape.py      tables, columns and values as Fivetran has them
    state.py      what was delivered, as Fivetran keeps it
    reading.py    one table read to its end and proved, as operations in a file
    sync.py       all that is due, operation by operation, with a state that is true after each
    function.py   AWS Lambda: `handler(request, context)`
    sdk.py        Connector SDK: `schema` and `update`
"""
