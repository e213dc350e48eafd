package io.millrace.producer;

import io.millrace.wire.ApiKey;
import io.millrace.wire.message.ApiVersionsResponse;
import java.util.Arrays;

/** Which versions of which requests a broker takes, as it said itself. Owned by the loop. */
final class ServedVersions {

  private static final int APIS_MAX = 128;

  private final short[] lowest = new short[APIS_MAX];
  private final short[] highest = new short[APIS_MAX];
  private int transactionVersion;

  ServedVersions() {
    Arrays.fill(highest, (short) -1);
  }

  /** Takes what the broker says in place of all it said before. */
  void learn(ApiVersionsResponse said) {
    Arrays.fill(highest, (short) -1);
    for (ApiVersionsResponse.ApiVersion one : said.apiKeys) {
      if (one.apiKey >= 0 && one.apiKey < APIS_MAX) {
        lowest[one.apiKey] = one.minVersion;
        highest[one.apiKey] = one.maxVersion;
      }
    }
    transactionVersion = 0;
    for (ApiVersionsResponse.FinalizedFeatureKey one : said.finalizedFeatures) {
      if (one.name.equals("transaction.version")) {
        transactionVersion = one.maxVersionLevel;
      }
    }
  }

  /** Which version of the transactions' protocol the cluster serves, 0 if it does not say. */
  int transactionVersion() {
    return transactionVersion;
  }

  /**
   * The version to use: the highest that both know.
   *
   * @return -1 if there is none
   */
  short best(ApiKey api, int ownLowest, int ownHighest) {
    int most = Math.min(ownHighest, highest[api.id()]);
    return (short) (most < Math.max(ownLowest, lowest[api.id()]) ? -1 : most);
  }
}
