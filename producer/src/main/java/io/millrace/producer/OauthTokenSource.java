package io.millrace.producer;

/**
 * Gives tokens for {@code sasl.mechanism=OAUTHBEARER}. Given to {@link Producer#open} as the
 * setting {@code oauthbearer_token_refresh_cb}.
 *
 * <p>Asked by threads of the producer, one at a time, when a connection is made and no token is
 * known that has a fifth of its time left.
 */
@FunctionalInterface
public interface OauthTokenSource {

  /**
   * A token for now. May wait.
   *
   * @throws Exception if there is none: the connection is tried again after a while. The message is
   *     shown to users
   */
  OauthToken token() throws Exception;
}
