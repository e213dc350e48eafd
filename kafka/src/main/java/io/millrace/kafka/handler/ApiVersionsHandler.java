package io.millrace.kafka.handler;

import io.millrace.kafka.ApiTable;
import io.millrace.kafka.Exchange;
import io.millrace.kafka.Handler;
import io.millrace.wire.ApiKey;
import io.millrace.wire.ErrorCode;
import io.millrace.wire.message.ApiVersionsRequest;
import io.millrace.wire.message.ApiVersionsResponse;

/**
 * ApiVersions, key 18, versions 0 to 4.
 *
 * <p>What is announced is what {@link ApiTable} has. Produce is announced from version 0, though it
 * is served from 3, for a librdkafka that takes anything else for a broker without compression
 * (KAFKA-18659); so does Kafka.
 */
public final class ApiVersionsHandler implements Handler<ApiVersionsRequest> {

  private final ApiTable apis;

  public ApiVersionsHandler(ApiTable apis) {
    this.apis = apis;
  }

  @Override
  public void handle(ApiVersionsRequest request, Exchange exchange) {
    exchange.reply(response(apis));
  }

  private static ApiVersionsResponse response(ApiTable apis) {
    ApiVersionsResponse response = new ApiVersionsResponse();
    for (ApiTable.Served served : apis.served()) {
      ApiVersionsResponse.ApiVersion version = new ApiVersionsResponse.ApiVersion();
      version.apiKey = served.key().id();
      version.minVersion = served.key() == ApiKey.PRODUCE ? 0 : served.lowest();
      version.maxVersion = served.highest();
      response.apiKeys.add(version);
    }
    response.finalizedFeaturesEpoch = 0;
    return response;
  }

  /** The answer, in version 0, to a version that is not served. */
  public static ApiVersionsResponse unsupportedVersion(ApiTable apis) {
    ApiVersionsResponse response = response(apis);
    response.errorCode = ErrorCode.UNSUPPORTED_VERSION.code();
    return response;
  }
}
