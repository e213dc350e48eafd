package io.millrace.producer;

import org.jspecify.annotations.Nullable;

/**
 * Looks, once a turn of the loop, whether something has happened that concerns the whole producer:
 * no broker is left, it cannot go on, its id has changed. Owned by the loop.
 */
final class Alarms {

  private final Notices notices;
  private boolean allDown;
  private @Nullable ProducerError fatal;
  private long producerId = -1;
  private short epoch = -1;

  Alarms(Notices notices) {
    this.notices = notices;
  }

  void look(Cluster cluster, FatalState fatalNow, Identity identity) {
    boolean down = cluster.isAllDown();
    if (down && !allDown) {
      ProducerError last = cluster.lastError();
      int brokers = cluster.all().size();
      tell(
          ProducerError.of(
              LocalError.ALL_BROKERS_DOWN,
              "none of "
                  + brokers
                  + (brokers == 1 ? " broker" : " brokers and addresses")
                  + " can be reached"
                  + (last == null ? "" : "; the last failure: " + last)),
          LogEvent.ERROR,
          "ALLBROKERS");
    }
    allDown = down;
    ProducerError why = fatalNow.get();
    if (why != null && fatal == null) {
      fatal = why;
      tell(why.asFatal(), LogEvent.ERROR, "FATAL");
    }
    if (identity.isReady() && (producerId != identity.producerId() || epoch != identity.epoch())) {
      producerId = identity.producerId();
      epoch = identity.epoch();
      notices.debug(Debug.EOS, "PID", "producer id " + producerId + ", epoch " + epoch);
    }
  }

  private void tell(ProducerError what, int level, String facility) {
    notices.error(what);
    notices.log(level, facility, what.toString());
  }
}
