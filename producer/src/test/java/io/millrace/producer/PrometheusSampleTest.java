package io.millrace.producer;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The sample on the page of metrics: Prometheus fetches them from the JDK's server. */
class PrometheusSampleTest {

  private static HttpServer serve(Producer producer, InetSocketAddress at) throws Exception {
    // begin
    HttpServer http = HttpServer.create(at, 0);
    http.createContext(
        "/metrics",
        exchange -> {
          byte[] page = producer.prometheus().getBytes(StandardCharsets.UTF_8);
          exchange
              .getResponseHeaders()
              .set("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
          exchange.sendResponseHeaders(200, page.length);
          exchange.getResponseBody().write(page);
          exchange.close();
        });
    http.start();
    // end
    return http;
  }

  @Test
  void pageIsServed() throws Exception {
    try (Producer producer = Producer.open(Map.of("bootstrap.servers", "127.0.0.1:1"))) {
      InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
      HttpServer http = serve(producer, any);
      try {
        URI address = URI.create("http://127.0.0.1:" + http.getAddress().getPort() + "/metrics");
        HttpResponse<String> answer =
            HttpClient.newHttpClient()
                .send(
                    HttpRequest.newBuilder(address).build(), HttpResponse.BodyHandlers.ofString());
        assertThat(answer.headers().firstValue("Content-Type"))
            .hasValueSatisfying(type -> assertThat(type).startsWith("text/plain; version=0.0.4"));
        assertThat(answer.body())
            .contains("kafka_producer_record_send_total{client_id=\"millrace\"} 0\n");
      } finally {
        http.stop(0);
      }
    }
  }
}
