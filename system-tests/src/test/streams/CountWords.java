import java.util.Arrays;
import java.util.Properties;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Produced;

/**
 * Counts words with Kafka Streams, exactly once: every word that comes gives one count, so the
 * counts of a word are 1, 2, 3 and so on, each once. Runs until it is killed.
 *
 * <pre>
 * CountWords BOOTSTRAP FROM TO STATE-DIRECTORY
 * </pre>
 */
public final class CountWords {

  public static void main(String[] arguments) {
    Properties settings = new Properties();
    settings.put("application.id", "count-words");
    settings.put("bootstrap.servers", arguments[0]);
    settings.put("state.dir", arguments[3]);
    settings.put("processing.guarantee", "exactly_once_v2");
    settings.put("commit.interval.ms", 50);
    settings.put("num.stream.threads", 2);
    settings.put("statestore.cache.max.bytes", 0);
    settings.put("default.key.serde", Serdes.String().getClass().getName());
    settings.put("default.value.serde", Serdes.String().getClass().getName());
    settings.put("consumer.auto.offset.reset", "earliest");
    settings.put("consumer.session.timeout.ms", 6000);
    settings.put("consumer.heartbeat.interval.ms", 500);
    settings.put("reconnect.backoff.ms", 20);
    settings.put("reconnect.backoff.max.ms", 200);
    StreamsBuilder builder = new StreamsBuilder();
    KStream<String, String> lines = builder.stream(arguments[1]);
    lines
        .flatMapValues(line -> Arrays.asList(line.split(" ")))
        .groupBy((key, word) -> word)
        .count()
        .toStream()
        .mapValues(String::valueOf)
        .to(arguments[2], Produced.with(Serdes.String(), Serdes.String()));
    KafkaStreams streams = new KafkaStreams(builder.build(), settings);
    streams.setUncaughtExceptionHandler(failure -> {
      System.err.println("a thread ended: " + failure);
      return StreamThreadExceptionResponse.REPLACE_THREAD;
    });
    streams.setStateListener((now, before) -> {
      System.out.println(now);
      System.out.flush();
    });
    Runtime.getRuntime().addShutdownHook(new Thread(streams::close));
    streams.start();
  }

  private CountWords() {}
}
