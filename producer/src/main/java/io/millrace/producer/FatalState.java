package io.millrace.producer;

import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** The error after which the producer cannot go on: the first one stays. Any thread. */
final class FatalState {

  private final AtomicReference<@Nullable ProducerError> error = new AtomicReference<>();

  void set(ProducerError why) {
    error.compareAndSet(null, why.asFatal());
  }

  boolean isSet() {
    return error.get() != null;
  }

  @Nullable ProducerError get() {
    return error.get();
  }
}
