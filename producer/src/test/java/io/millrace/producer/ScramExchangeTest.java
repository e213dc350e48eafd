package io.millrace.producer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import javax.security.auth.callback.Callback;
import org.apache.kafka.common.security.scram.ScramCredential;
import org.apache.kafka.common.security.scram.ScramCredentialCallback;
import org.apache.kafka.common.security.scram.internals.ScramFormatter;
import org.apache.kafka.common.security.scram.internals.ScramMechanism;
import org.apache.kafka.common.security.scram.internals.ScramSaslServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ScramExchangeTest {

  private static final String NONCE = "rOprNGfwEbeRWgbNEkqO";
  private static final String BROKERS_FIRST =
      "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";

  private static ScramExchange exchange() {
    return new ScramExchange(256, "user", "pencil", NONCE);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  /** The example of RFC 7677, section 3. */
  @Test
  void exampleOfTheDocumentIsFollowed() throws Exception {
    ScramExchange exchange = exchange();
    assertThat(text(exchange.first())).isEqualTo("n,,n=user,r=" + NONCE);
    assertThat(text(exchange.next(bytes(BROKERS_FIRST)).orElseThrow()))
        .isEqualTo(
            "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
                + "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=");
    assertThat(exchange.next(bytes("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="))).isEmpty();
  }

  @Test
  void brokerThatDoesNotKnowThePasswordIsNotBelieved() throws Exception {
    ScramExchange exchange = exchange();
    exchange.next(bytes(BROKERS_FIRST));
    String other = Base64.getEncoder().encodeToString(new byte[32]);
    assertThatThrownBy(() -> exchange.next(bytes("v=" + other)))
        .isInstanceOf(SaslFailure.class)
        .hasMessageContaining("does not prove");
    ScramExchange silent = exchange();
    silent.next(bytes(BROKERS_FIRST));
    assertThatThrownBy(() -> silent.next(new byte[0])).isInstanceOf(SaslFailure.class);
  }

  @Test
  void brokerThatBreaksTheRulesIsRefused() {
    for (String bad :
        new String[] {
          "",
          "r=" + NONCE + ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
          "r=another,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
          BROKERS_FIRST.replace("4096", "1"),
          BROKERS_FIRST.replace("4096", "2147483647"),
          BROKERS_FIRST.replace("4096", "many"),
          BROKERS_FIRST.replace("W22Z", "?"),
          "e=unknown-user"
        }) {
      assertThatThrownBy(() -> exchange().next(bytes(bad)))
          .as(bad)
          .isInstanceOf(SaslFailure.class)
          .hasMessageNotContaining("pencil");
    }
  }

  /**
   * Kafka's own server, a name with signs that must be escaped, and a password that is not ASCII.
   */
  @ParameterizedTest
  @EnumSource(ScramMechanism.class)
  void kafkasServerBelieves(ScramMechanism mechanism) throws Exception {
    String user = "a=b,c";
    String password = "pass,wörd=√";
    ScramCredential credential = new ScramFormatter(mechanism).generateCredential(password, 5000);
    ScramSaslServer server =
        new ScramSaslServer(
            mechanism,
            Map.of(),
            callbacks -> {
              for (Callback one : callbacks) {
                if (one instanceof ScramCredentialCallback wanted) {
                  wanted.scramCredential(credential);
                }
              }
            });
    int bits = mechanism == ScramMechanism.SCRAM_SHA_256 ? 256 : 512;
    SaslExchange exchange = new ScramLogin(bits, user, password, Chance.SYSTEM).begin();
    byte[] ending = exchange.next(server.evaluateResponse(exchange.first())).orElseThrow();
    assertThat(exchange.next(server.evaluateResponse(ending))).isEmpty();
    assertThat(server.isComplete()).isTrue();
    assertThat(server.getAuthorizationID()).isEqualTo(user);
  }
}
