// One run of librdkafka's producer for the race: records are read into memory before the clock starts.
//   librdkafka BOOTSTRAP TOPIC WARM RECORDS FILE CORE NAME=VALUE...
// FILE holds records of equal size, key before value, one after another: its first line says "COUNT SIZE KEYSIZE".
// The first WARM records connect and warm up, the next RECORDS are measured; all go to TOPIC. CORE is the broker's
// processor core, -1 if it has none of its own. Prints one line, which the JVM racers print too (RaceFigures.java):
//   records=N failed=N seconds=S cpu=S rss_anon_kb=N core_busy=SHARE
// With --version alone it prints librdkafka's.
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

static long delivered, failed;
static char *payload;
static long count, next;
static int size, key_size;

static void report(rd_kafka_t *rk, const rd_kafka_message_t *message, void *opaque) {
  if (message->err) failed++; else delivered++;
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

static double cpu(void) {
  struct rusage u;
  getrusage(RUSAGE_SELF, &u);
  return u.ru_utime.tv_sec + u.ru_stime.tv_sec + (u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static void die(const char *what) {
  fprintf(stderr, "%s\n", what);
  exit(1);
}

// Ticks that a core has worked and ticks in all, as CoreStat.java counts them.
static void core_ticks(int core, double *busy, double *all) {
  char line[512], name[16];
  *busy = *all = 0;
  if (core < 0) return;
  int length = snprintf(name, sizeof name, "cpu%d ", core);
  FILE *stat = fopen("/proc/stat", "r");
  if (!stat) die("no /proc/stat");
  while (fgets(line, sizeof line, stat)) {
    if (strncmp(line, name, length)) continue;
    double user, nice, system, idle, iowait, irq, softirq, steal;
    if (sscanf(line + length, "%lf %lf %lf %lf %lf %lf %lf %lf", &user, &nice, &system, &idle, &iowait, &irq, &softirq, &steal) != 8)
      die("/proc/stat has another form");
    *busy = user + nice + system + irq + softirq + steal;
    *all = *busy + idle + iowait;
  }
  fclose(stat);
}

static long rss_anon_kb(void) {
  char line[256];
  long kb = 0;
  FILE *status = fopen("/proc/self/status", "r");
  if (!status) die("no /proc/self/status");
  while (fgets(line, sizeof line, status))
    if (sscanf(line, "RssAnon: %ld", &kb) == 1) break;
  fclose(status);
  return kb;
}

static void set(rd_kafka_conf_t *conf, const char *name, const char *value) {
  char error[512];
  if (rd_kafka_conf_set(conf, name, value, error, sizeof error) != RD_KAFKA_CONF_OK) die(error);
}

// Sends records and waits until each has been reported.
static void send_all(rd_kafka_t *rk, rd_kafka_topic_t *topic, long records) {
  for (long i = 0; i < records; i++) {
    char *at = payload + next * (size + key_size);
    if (++next == count) next = 0;
    while (rd_kafka_produce(topic, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY, at + key_size, size, at, key_size, NULL)) {
      if (rd_kafka_last_error() != RD_KAFKA_RESP_ERR__QUEUE_FULL) die(rd_kafka_err2str(rd_kafka_last_error()));
      rd_kafka_poll(rk, 1);
    }
    if ((i & 63) == 0) rd_kafka_poll(rk, 0);
  }
  if (rd_kafka_flush(rk, 300000)) die("not all were reported within 300 s");
}

int main(int argc, char **argv) {
  if (argc == 2 && !strcmp(argv[1], "--version")) {
    puts(rd_kafka_version_str());
    return 0;
  }
  if (argc < 7) die("usage: librdkafka BOOTSTRAP TOPIC WARM RECORDS FILE CORE NAME=VALUE...");
  long warm = atol(argv[3]), records = atol(argv[4]);
  int core = atoi(argv[6]);
  FILE *file = fopen(argv[5], "rb");
  if (!file || fscanf(file, "%ld %d %d", &count, &size, &key_size) != 3 || fgetc(file) != '\n') die("no payload file");
  payload = malloc(count * (size + key_size));
  if (!payload || fread(payload, size + key_size, count, file) != (size_t)count) die("the payload file is short");
  fclose(file);

  // All on one configuration: one of the topic's own would not take over what was set here.
  rd_kafka_conf_t *conf = rd_kafka_conf_new();
  set(conf, "bootstrap.servers", argv[1]);
  set(conf, "partitioner", "murmur2_random");
  for (int i = 7; i < argc; i++) {
    char *equals = strchr(argv[i], '=');
    if (!equals) die("NAME=VALUE wanted");
    *equals = 0;
    set(conf, argv[i], equals + 1);
  }
  rd_kafka_conf_set_dr_msg_cb(conf, report);
  char error[512];
  rd_kafka_t *rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, error, sizeof error);
  if (!rk) die(error);
  rd_kafka_topic_t *topic = rd_kafka_topic_new(rk, argv[2], NULL);
  if (!topic) die(rd_kafka_err2str(rd_kafka_last_error()));

  send_all(rk, topic, warm);
  if (delivered != warm) die("records of the warm-up failed");
  delivered = 0;
  double busy_began, all_began, busy_ended, all_ended;
  core_ticks(core, &busy_began, &all_began);
  double began = now(), cpu_began = cpu();
  send_all(rk, topic, records);
  double seconds = now() - began, used = cpu() - cpu_began;
  core_ticks(core, &busy_ended, &all_ended);
  printf("records=%ld failed=%ld seconds=%.6f cpu=%.6f rss_anon_kb=%ld", delivered, failed, seconds, used, rss_anon_kb());
  if (all_ended > all_began) printf(" core_busy=%.4f", (busy_ended - busy_began) / (all_ended - all_began));
  putchar('\n');
  rd_kafka_topic_destroy(topic);
  rd_kafka_destroy(rk);
  return 0;
}
