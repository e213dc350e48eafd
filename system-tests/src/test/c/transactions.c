// Copies a topic to another with librdkafka, transaction by transaction: consumes, produces, commits its offsets with the records.
//   transactions BOOTSTRAP FROM TO GROUP PARTITIONS EACH
// Begins where the group stands and ends when all that was there at its start is copied. Every fourth transaction is aborted and done
// again. Writes "ready" once it is the producer of its transactional id, which is the group's name, and "copied N, aborted N" at the end.
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static rd_kafka_t *producer, *consumer;

static void die(const char *what, const char *why) {
  fprintf(stderr, "%s: %s\n", what, why);
  exit(1);
}

static void set(rd_kafka_conf_t *conf, const char *name, const char *value) {
  char error[512];
  if (rd_kafka_conf_set(conf, name, value, error, sizeof error) != RD_KAFKA_CONF_OK) die(name, error);
}

// Whether the call is done; if not, the transaction must be aborted. What may be tried again is, by the caller's loop.
enum outcome { DONE, AGAIN, ABORT };

static enum outcome look(const char *what, rd_kafka_error_t *error) {
  if (!error) return DONE;
  fprintf(stderr, "%s: %s\n", what, rd_kafka_error_string(error));
  enum outcome outcome = ABORT;
  if (rd_kafka_error_is_fatal(error)) die(what, "fatal");
  else if (rd_kafka_error_txn_requires_abort(error)) outcome = ABORT;
  else if (rd_kafka_error_is_retriable(error)) outcome = AGAIN;
  else die(what, "neither to be tried again nor to be aborted");
  rd_kafka_error_destroy(error);
  return outcome;
}

#define UNTIL_DONE(what, call) \
  while ((outcome = look(what, call)) == AGAIN)

static rd_kafka_topic_partition_list_t *begin_at_group(const char *topic, int partitions) {
  rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(partitions);
  for (int i = 0; i < partitions; i++) rd_kafka_topic_partition_list_add(list, topic, i);
  rd_kafka_resp_err_t error;
  while ((error = rd_kafka_committed(consumer, list, 10000)))
    fprintf(stderr, "committed: %s\n", rd_kafka_err2str(error));
  for (int i = 0; i < partitions; i++)
    if (list->elems[i].offset < 0) list->elems[i].offset = 0;
  return list;
}

int main(int argc, char **argv) {
  if (argc != 7) die("usage", "transactions BOOTSTRAP FROM TO GROUP PARTITIONS EACH");
  const char *from = argv[2], *to = argv[3], *group = argv[4];
  int partitions = atoi(argv[5]), each = atoi(argv[6]);
  char error[512];

  rd_kafka_conf_t *conf = rd_kafka_conf_new();
  set(conf, "bootstrap.servers", argv[1]);
  set(conf, "transactional.id", group);
  set(conf, "transaction.timeout.ms", "20000");
  set(conf, "reconnect.backoff.ms", "20");
  set(conf, "reconnect.backoff.max.ms", "200");
  if (!(producer = rd_kafka_new(RD_KAFKA_PRODUCER, conf, error, sizeof error))) die("producer", error);
  conf = rd_kafka_conf_new();
  set(conf, "bootstrap.servers", argv[1]);
  set(conf, "group.id", group);
  set(conf, "enable.auto.commit", "false");
  set(conf, "isolation.level", "read_committed");
  set(conf, "auto.offset.reset", "error");
  set(conf, "reconnect.backoff.ms", "20");
  set(conf, "reconnect.backoff.max.ms", "200");
  if (!(consumer = rd_kafka_new(RD_KAFKA_CONSUMER, conf, error, sizeof error))) die("consumer", error);
  rd_kafka_poll_set_consumer(consumer);

  enum outcome outcome;
  UNTIL_DONE("init", rd_kafka_init_transactions(producer, 30000));
  if (outcome != DONE) die("init", "not initialised");
  puts("ready");
  fflush(stdout);

  long end = 0, copied = 0, aborted = 0, transactions = 0;
  for (int i = 0; i < partitions; i++) {
    int64_t low, high;
    rd_kafka_resp_err_t failed;
    while ((failed = rd_kafka_query_watermark_offsets(consumer, from, i, &low, &high, 10000)))
      fprintf(stderr, "watermarks: %s\n", rd_kafka_err2str(failed));
    end += high;
  }
  while (1) {
    // Where the group stands is where a transaction begins, whatever became of the one before.
    rd_kafka_topic_partition_list_t *at = begin_at_group(from, partitions);
    long position = 0;
    for (int i = 0; i < partitions; i++) position += at->elems[i].offset;
    if (position >= end) break;
    if (rd_kafka_assign(consumer, at)) die("assign", "refused");
    if ((outcome = look("begin", rd_kafka_begin_transaction(producer))) != DONE) die("begin", "refused");
    long taken = 0;
    while (taken < each && position + taken < end) {
      rd_kafka_message_t *message = rd_kafka_consumer_poll(consumer, 1000);
      if (!message) continue;
      if (message->err) {
        fprintf(stderr, "consuming: %s\n", rd_kafka_message_errstr(message));
        rd_kafka_message_destroy(message);
        continue;
      }
      rd_kafka_resp_err_t refused = rd_kafka_producev(
          producer, RD_KAFKA_V_TOPIC(to), RD_KAFKA_V_PARTITION(message->partition),
          RD_KAFKA_V_KEY(message->key, message->key_len), RD_KAFKA_V_VALUE(message->payload, message->len),
          RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
      if (refused) fprintf(stderr, "producing: %s\n", rd_kafka_err2str(refused)); // the commit will say so
      at->elems[message->partition].offset = message->offset + 1;
      taken++;
      rd_kafka_message_destroy(message);
      if (refused) break;
    }
    int wanted = ++transactions % 4 != 0;
    rd_kafka_consumer_group_metadata_t *member = rd_kafka_consumer_group_metadata(consumer);
    UNTIL_DONE("offsets", rd_kafka_send_offsets_to_transaction(producer, at, member, 30000));
    rd_kafka_consumer_group_metadata_destroy(member);
    if (wanted && outcome == DONE) UNTIL_DONE("commit", rd_kafka_commit_transaction(producer, 30000));
    if (!wanted || outcome == ABORT) {
      UNTIL_DONE("abort", rd_kafka_abort_transaction(producer, 30000));
      if (outcome != DONE) die("abort", "refused");
      aborted++;
    } else {
      copied += taken;
    }
    rd_kafka_topic_partition_list_destroy(at);
  }
  printf("copied %ld, aborted %ld\n", copied, aborted);
  return 0;
}
