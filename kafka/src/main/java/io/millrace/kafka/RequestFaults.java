package io.millrace.kafka;

import io.millrace.wire.ApiKey;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Decides which requests meet a fault. Called for each request, by the loop of its connection. */
@FunctionalInterface
public interface RequestFaults {

  /**
   * What is to go wrong with a request.
   *
   * @param namesTopic whether the request is about a topic of this name
   * @return null for nothing
   */
  @Nullable RequestFault of(ApiKey key, Predicate<String> namesTopic);
}
