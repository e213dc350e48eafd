package io.millrace.cli.log;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.ILoggerFactory;
import org.slf4j.IMarkerFactory;
import org.slf4j.Logger;
import org.slf4j.helpers.BasicMarkerFactory;
import org.slf4j.helpers.NOPMDCAdapter;
import org.slf4j.spi.MDCAdapter;
import org.slf4j.spi.SLF4JServiceProvider;

/** Gives SLF4J its loggers: {@link LineLogger}s. Made by SLF4J. */
public final class LogProvider implements SLF4JServiceProvider {

  /** Name SLF4J's property that saves it the search for providers. */
  public static final String PROPERTY = "slf4j.provider";

  private static final String API_VERSION = "2.0.99";

  private final IMarkerFactory markers = new BasicMarkerFactory();
  private final MDCAdapter context = new NOPMDCAdapter();
  private final ILoggerFactory loggers = new Loggers();

  /** One logger for each name. */
  private static final class Loggers implements ILoggerFactory {
    private final Map<String, Logger> byName = new ConcurrentHashMap<>();

    @Override
    public Logger getLogger(String name) {
      Logger known = byName.get(name);
      if (known != null) {
        return known;
      }
      Logger fresh = new LineLogger(name, LogLevel.of(name));
      Logger before = byName.putIfAbsent(name, fresh);
      return before == null ? fresh : before;
    }
  }

  @Override
  public ILoggerFactory getLoggerFactory() {
    return loggers;
  }

  @Override
  public IMarkerFactory getMarkerFactory() {
    return markers;
  }

  @Override
  public MDCAdapter getMDCAdapter() {
    return context;
  }

  @Override
  public String getRequestedApiVersion() {
    return API_VERSION;
  }

  @Override
  public void initialize() {}
}
