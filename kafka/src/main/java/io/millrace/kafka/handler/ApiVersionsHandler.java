package io.millrace.kafka.handler;

import io.millrace.kafka.ApiTable;
import io.millrace.kafka.Exchange;
import io.millrace.kafka.Handler;
import io.millrace.kafka.Node;
import io.millrace.wire.ApiKey;
import io.millrace.wire.ErrorCode;
import io.millrace.wire.message.ApiVersionsRequest;
import io.millrace.wire.message.ApiVersionsResponse;
import java.util.regex.Pattern;

/**
 * ApiVersions, key 18, versions 0 to 5.
 *
 * <p>A client that says whom it wants to reach, and reached somebody else, is told to begin anew
 * from its bootstrap servers (KIP-1242); one whose name is not made of letters, digits, '.' and '-'
 * is refused (KIP-511).
 *
 * <p>What is announced is what {@link ApiTable} has. Produce is announced from version 0, though it
 * is served from 3, for a librdkafka that takes anything else for a broker without compression
 * (KAFKA-18659); so does Kafka. The feature transaction.version says that each transaction may have
 * an epoch of its own (KIP-890).
 */
public final class ApiVersionsHandler implements Handler<ApiVersionsRequest> {

  private static final Pattern CLIENT_NAME =
      Pattern.compile("[a-zA-Z0-9](?:[a-zA-Z0-9\\-.]*[a-zA-Z0-9])?");

  private static final String TRANSACTIONS = "transaction.version";
  private static final short TRANSACTIONS_LATEST = 2;

  private final ApiTable apis;
  private final Node node;

  public ApiVersionsHandler(ApiTable apis, Node node) {
    this.apis = apis;
    this.node = node;
  }

  @Override
  public void handle(ApiVersionsRequest request, Exchange exchange) {
    ErrorCode problem = problem(request, exchange.version());
    if (problem == ErrorCode.NONE) {
      exchange.reply(response(apis));
    } else {
      ApiVersionsResponse refused = new ApiVersionsResponse();
      refused.errorCode = problem.code();
      exchange.reply(refused);
    }
  }

  private ErrorCode problem(ApiVersionsRequest request, short version) {
    boolean named =
        CLIENT_NAME.matcher(request.clientSoftwareName).matches()
            && CLIENT_NAME.matcher(request.clientSoftwareVersion).matches();
    if (version >= 3 && !named) {
      return ErrorCode.INVALID_REQUEST;
    }
    boolean here =
        request.clusterId == null
            || request.nodeId < 0
            || request.clusterId.equals(node.clusterId()) && request.nodeId == node.id();
    return here ? ErrorCode.NONE : ErrorCode.REBOOTSTRAP_REQUIRED;
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
    ApiVersionsResponse.SupportedFeatureKey supported =
        new ApiVersionsResponse.SupportedFeatureKey();
    supported.name = TRANSACTIONS;
    supported.maxVersion = TRANSACTIONS_LATEST;
    response.supportedFeatures.add(supported);
    ApiVersionsResponse.FinalizedFeatureKey there = new ApiVersionsResponse.FinalizedFeatureKey();
    there.name = TRANSACTIONS;
    there.minVersionLevel = TRANSACTIONS_LATEST;
    there.maxVersionLevel = TRANSACTIONS_LATEST;
    response.finalizedFeatures.add(there);
    return response;
  }

  /** The answer, in version 0, to a version that is not served. */
  public static ApiVersionsResponse unsupportedVersion(ApiTable apis) {
    ApiVersionsResponse response = response(apis);
    response.errorCode = ErrorCode.UNSUPPORTED_VERSION.code();
    return response;
  }
}
