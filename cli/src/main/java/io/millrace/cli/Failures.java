package io.millrace.cli;

import io.millrace.server.ConfigurationException;
import picocli.CommandLine;

/** Says what went wrong in a way that helps, and with which exit status. */
final class Failures {

  private Failures() {}

  static int handle(Exception failure, CommandLine line, CommandLine.ParseResult parsed) {
    line.getErr().println("millrace: " + failure.getMessage());
    return failure instanceof ConfigurationException ? Exit.CONFIGURATION : Exit.REFUSED;
  }
}
