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
  private @Nullable Consumer<LogEvent> log;
  private @Nullable Consumer<ProducerError> error;
  private @Nullable Consumer<Throttle> throttle;
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

  /**
   * Who gets what a producer logs, in place of {@code System.Logger}: warnings and errors, and what
   * {@code debug} asks for. Called by the thread that serves reports, as the next two are. Of more
   * than 10 000 calls that are not served the oldest are dropped. What it throws is counted and
   * logged.
   */
  public ProducerListeners log(@Nullable Consumer<LogEvent> whom) {
    log = whom;
    return this;
  }

  /**
   * Who gets errors that concern no single message: a broker cannot be reached ({@code _TRANSPORT},
   * {@code _RESOLVE}, {@code _SSL}), or none ({@code _ALL_BROKERS_DOWN}); who asks is not believed
   * ({@code _AUTHENTICATION}); the producer cannot go on (a fatal one). For information: the
   * producer tries again by itself as long as it can.
   */
  public ProducerListeners error(@Nullable Consumer<ProducerError> whom) {
    error = whom;
    return this;
  }

  /** Who is told that a broker holds the producer back by its quota, and that it no longer does. */
  public ProducerListeners throttle(@Nullable Consumer<Throttle> whom) {
    throttle = whom;
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

  @Nullable Consumer<LogEvent> log() {
    return log;
  }

  @Nullable Consumer<ProducerError> error() {
    return error;
  }

  @Nullable Consumer<Throttle> throttle() {
    return throttle;
  }

  List<ProducerInterceptor> interceptors() {
    return List.copyOf(interceptors);
  }
}
