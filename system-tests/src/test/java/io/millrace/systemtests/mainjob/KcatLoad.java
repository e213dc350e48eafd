package io.millrace.systemtests.mainjob;

import io.millrace.systemtests.mainjob.AccessLog.Line;
import io.millrace.systemtests.process.ChildProcesses;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/** kcat, idempotent, as a process of its own that is given the lines. */
final class KcatLoad implements Load {

  private static final int FLUSHED_LINES = 10;

  private final Process process;
  private final OutputStream in;
  private volatile int sent;

  KcatLoad(String bootstrap, String topic) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(
            "kcat",
            "-P",
            "-E",
            "-q",
            "-b",
            bootstrap,
            "-t",
            topic,
            "-K",
            "\\t",
            "-X",
            "enable.idempotence=true",
            "-X",
            "acks=all",
            "-X",
            "partitioner=murmur2_random",
            "-X",
            "linger.ms=5",
            "-X",
            "reconnect.backoff.max.ms=200");
    builder.redirectOutput(ProcessBuilder.Redirect.DISCARD);
    builder.redirectError(ProcessBuilder.Redirect.DISCARD);
    this.process = ChildProcesses.start(builder);
    this.in = new BufferedOutputStream(process.getOutputStream());
  }

  @Override
  public void send(Line line) throws IOException {
    in.write((line.address() + "\t" + line.value() + "\n").getBytes(AccessLog.BYTES));
    int now = sent + 1;
    if (now % FLUSHED_LINES == 0) {
      in.flush();
    }
    sent = now;
  }

  @Override
  public void finish() throws IOException, InterruptedException {
    in.close();
    int status = process.waitFor();
    if (status != 0) {
      throw new IllegalStateException("kcat ended with status " + status);
    }
  }

  @Override
  public int arrived() {
    return sent;
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
