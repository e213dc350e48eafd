package io.millrace.producer;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Code of the application that a producer calls. Set up before {@link Producer#open}; changes after
 * that change nothing.
 */
public final class ProducerListeners {

  private @Nullable DeliveryCallback everyReport;
  private @Nullable Consumer<String> statistics;
  private final List<ProducerInterceptor> interceptors = new ArrayList<>();

  /** Who gets the reports of messages that have no callback of their own. */
  public ProducerListeners everyReport(@Nullable DeliveryCallback whom) {
    everyReport = whom;
    return this;
  }

  /**
   * Who gets statistics, a JSON document every {@code statistics.interval.ms}. Called by the thread
   * that serves reports; if reports are not served, the latest document waits and older ones are
   * dropped. What it throws is counted and logged.
   */
  public ProducerListeners statistics(@Nullable Consumer<String> whom) {
    statistics = whom;
    return this;
  }

  /** Puts one more behind those there are. */
  public ProducerListeners interceptor(ProducerInterceptor one) {
    interceptors.add(one);
    return this;
  }

  @Nullable DeliveryCallback everyReport() {
    return everyReport;
  }

  @Nullable Consumer<String> statistics() {
    return statistics;
  }

  List<ProducerInterceptor> interceptors() {
    return List.copyOf(interceptors);
  }
}
