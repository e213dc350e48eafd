package io.millrace.server;

import io.millrace.kafka.FailedAnswer;
import io.millrace.kafka.RequestFault;
import io.millrace.wire.ApiKey;
import io.millrace.wire.ErrorCode;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Something that is to go wrong with the requests of one API: what, and with which of them.
 * Immutable; a method that narrows it down returns another.
 *
 * <pre>{@code
 * Fault.fail(ApiKey.PRODUCE, ErrorCode.NOT_ENOUGH_REPLICAS).ofTopic("orders").times(3)
 * Fault.delay(ApiKey.FETCH, Duration.ofMillis(300)).withProbability(0.1, 42)
 * Fault.dropAnswer(ApiKey.PRODUCE).after(10).times(1)
 * }</pre>
 *
 * @param api whose requests
 * @param effect what happens
 * @param topic only to requests that name this topic, whatever else they name; null for any
 * @param after to none of the first so many requests that fit
 * @param times to so many and no more
 * @param probability to a request that fits, from 0 to 1
 * @param seed of the random numbers behind the probability: the same seed, the same requests
 */
public record Fault(
    ApiKey api,
    RequestFault effect,
    @Nullable String topic,
    int after,
    int times,
    double probability,
    long seed) {

  public Fault {
    if (after < 0 || times < 0 || !(probability >= 0 && probability <= 1)) {
      throw new IllegalArgumentException(
          "a fault happens after and at most 0 or more times, with a probability from 0 to 1");
    }
  }

  private Fault(ApiKey api, RequestFault effect) {
    this(api, effect, null, 0, Integer.MAX_VALUE, 1, 0);
  }

  /** The request is served later, and with it everything that its connection sent after it. */
  public static Fault delay(ApiKey api, Duration by) {
    if (by.isNegative()) {
      throw new IllegalArgumentException("a request cannot be served earlier: " + by);
    }
    return new Fault(api, new RequestFault.Delay(by));
  }

  /**
   * The request is not served and is answered with an error, on every topic and partition of it.
   *
   * @throws IllegalArgumentException if the API's answers have no place for an error, or this
   *     version does not know it
   */
  public static Fault fail(ApiKey api, ErrorCode error) {
    if (!FailedAnswer.APIS.contains(api)) {
      throw new IllegalArgumentException(
          api + " requests cannot be failed; those of " + FailedAnswer.APIS + " can");
    }
    return new Fault(api, new RequestFault.Fail(error));
  }

  /** The connection ends before the request is served: nothing of it is done. */
  public static Fault dropRequest(ApiKey api) {
    return new Fault(api, new RequestFault.DropRequest());
  }

  /** The request is served, and its connection ends instead of the answer: all of it is done. */
  public static Fault dropAnswer(ApiKey api) {
    return new Fault(api, new RequestFault.DropAnswer());
  }

  /** The request is served twice, one after the other, and answered once. */
  public static Fault duplicate(ApiKey api) {
    return new Fault(api, new RequestFault.Duplicate());
  }

  /**
   * Only to requests that name this topic, whatever else they name: of Produce, Fetch, ListOffsets,
   * OffsetCommit, Metadata and CreateTopics; no others do.
   */
  public Fault ofTopic(String name) {
    return new Fault(api, effect, name, after, times, probability, seed);
  }

  /** Not to the first {@code count} requests that fit. */
  public Fault after(int count) {
    return new Fault(api, effect, topic, count, times, probability, seed);
  }

  /** To {@code count} requests and no more. */
  public Fault times(int count) {
    return new Fault(api, effect, topic, after, count, probability, seed);
  }

  /** To each request that fits with this probability, by random numbers from this seed. */
  public Fault withProbability(double ofEach, long randomSeed) {
    return new Fault(api, effect, topic, after, times, ofEach, randomSeed);
  }
}
