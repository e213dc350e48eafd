package io.millrace.producer;

import java.util.List;
import java.util.stream.Collectors;

/**
 * What {@link Producer#doctor()} says.
 *
 * @param findings what is to be changed; empty if nothing is
 * @param summary one sentence: what was looked at, and how it looks
 */
public record Diagnosis(List<Finding> findings, String summary) {

  public Diagnosis {
    findings = List.copyOf(findings);
  }

  /** Whether there is nothing to change. */
  public boolean isHealthy() {
    return findings.isEmpty();
  }

  /** Whether a rule applies. */
  public boolean has(Finding.Rule rule) {
    return findings.stream().anyMatch(one -> one.rule() == rule);
  }

  /** The summary, and each finding in a line of its own. */
  @Override
  public String toString() {
    return findings.stream()
        .map(one -> System.lineSeparator() + "  " + one.rule() + ": " + one.sentence())
        .collect(Collectors.joining("", summary, ""));
  }
}
