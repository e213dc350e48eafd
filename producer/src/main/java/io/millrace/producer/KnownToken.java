package io.millrace.producer;

import org.jspecify.annotations.Nullable;

/** The token that all connections use, until it has a fifth of its time left. Any thread. */
final class KnownToken {

  private final OauthTokenSource source;
  private final Clock clock;
  private @Nullable OauthToken token;
  private long renewNanos;

  KnownToken(OauthTokenSource source, Clock clock) {
    this.source = source;
    this.clock = clock;
  }

  /** Waits for one if none is known. */
  synchronized OauthToken token() throws SaslFailure {
    OauthToken known = token;
    if (known != null && clock.nanos() - renewNanos < 0) {
      return known;
    }
    OauthToken fresh;
    try {
      fresh = source.token();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SaslFailure("interrupted while it waited for a token", e);
    } catch (SaslFailure e) {
      throw e;
    } catch (Exception e) {
      throw new SaslFailure("no token: " + (e.getMessage() == null ? e : e.getMessage()), e);
    }
    token = null;
    if (fresh.expires() != null) {
      long lifeMs = fresh.expires().toEpochMilli() - clock.millis();
      if (lifeMs <= 0) {
        throw new SaslFailure(
            "the token ended at "
                + fresh.expires()
                + ", before it was used: is this machine's clock right?");
      }
      renewNanos = clock.nanos() + Math.min(lifeMs, Integer.MAX_VALUE) * 800_000;
      token = fresh;
    }
    return fresh;
  }

  synchronized void forget() {
    token = null;
  }
}
