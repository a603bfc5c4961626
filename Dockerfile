# An archive that crawls by calendar: docker run -v /srv/kyson-archive:/archive kyson
# Schedules are set beside it: docker exec CONTAINER kyson schedule add ky-son daily 02:00
FROM python:3.12-slim
RUN useradd --create-home --uid 10001 kyson && install --directory --owner kyson /archive
COPY . /src
RUN python -m pip install --no-cache-dir --constraint /src/constraints.txt /src && rm -r /src
ENV KYSON_ARCHIVE=/archive
USER kyson
VOLUME /archive
STOPSIGNAL SIGTERM
# A loop whose last tick is older than ten minutes has stopped.
HEALTHCHECK --interval=5m CMD test -n "$(find /archive/heartbeat -mmin -10)"
ENTRYPOINT ["kyson"]
CMD ["schedule", "run"]
