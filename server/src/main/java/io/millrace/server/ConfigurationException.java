package io.millrace.server;

/**
 * A broker that cannot start as it was asked to: a setting, a directory, an address. The message is
 * for the user: what was refused, why, what to do.
 */
public final class ConfigurationException extends RuntimeException {
  public ConfigurationException(String message) {
    super(message);
  }

  public ConfigurationException(String message, Throwable cause) {
    super(message, cause);
  }
}
