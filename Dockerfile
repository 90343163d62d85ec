# Airflow with exactly the versions of constraints.txt. The slim image brings no providers of its own, so nothing in
# it can differ from what the tests ran with.
ARG AIRFLOW_IMAGE=apache/airflow:slim-3.3.2-python3.12
FROM ${AIRFLOW_IMAGE}

USER root
# mssql-python's driver loads these
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libgssapi-krb5-2 libkrb5-3 libltdl7 \
    && rm -rf /var/lib/apt/lists/*

USER airflow
WORKDIR /opt/airflow
COPY --chown=airflow:0 requirements.txt constraints.txt ./
COPY --chown=airflow:0 requirements requirements
RUN pip install --no-cache-dir --constraint constraints.txt \
    --requirement requirements.txt --requirement requirements/docker.txt

COPY --chown=airflow:0 pyproject.toml ./
COPY --chown=airflow:0 plugins plugins
COPY --chown=airflow:0 dags dags
COPY --chown=airflow:0 include include
COPY --chown=airflow:0 sandbox sandbox
# Installed, so that Airflow knows the connection types and their forms; the directories give their owner to the
# volumes that are mounted over them.
RUN pip install --no-cache-dir --no-deps --editable . && mkdir --parents landing state logs
