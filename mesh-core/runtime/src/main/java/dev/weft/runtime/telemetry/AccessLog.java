package dev.weft.runtime.telemetry;

import dev.weft.runtime.Log;
import dev.weft.wire.Json;
import dev.weft.wire.Plain;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.DoubleSupplier;

/**
 * One line of JSON a request, in a file; a share of them, and every one that failed. Requests wait
 * for nothing: what the disk is too slow for is dropped, and counted. Whatever a peer sent is plain
 * text in it, as in the log. Thread-safe.
 */
public final class AccessLog implements AutoCloseable {
  private static final int MAX_WAITING = 4_096;

  private final DoubleSupplier share;
  private final DoubleSupplier random;
  private final BlockingQueue<Map<String, Object>> waiting = new ArrayBlockingQueue<>(MAX_WAITING);
  private final LongAdder dropped = new LongAdder();
  private final OutputStream out;
  private final Log log;
  private final Thread writer;

  private AccessLog(OutputStream out, DoubleSupplier share, DoubleSupplier random, Log log) {
    this.out = out;
    this.share = share;
    this.random = random;
    this.log = log;
    this.writer = new Thread(null, this::write, "weft-access-log", 0, false);
    writer.setDaemon(true);
    writer.setContextClassLoader(null);
    writer.start();
  }

  /**
   * Opens the file, to append to.
   *
   * @param share of the requests that are logged at the time, 0 to 1
   * @param random from 0 to 1
   */
  public static AccessLog open(Path file, DoubleSupplier share, DoubleSupplier random, Log log)
      throws IOException {
    OutputStream out =
        new BufferedOutputStream(
            Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND));
    return new AccessLog(out, share, random, log);
  }

  /** Whether a request is to be logged. */
  public boolean chooses(boolean failed) {
    double now = share.getAsDouble();
    return failed || now >= 1 || (now > 0 && random.getAsDouble() < now);
  }

  /** Logs a request that was chosen. */
  public void log(Map<String, Object> line) {
    if (!waiting.offer(line)) {
      dropped.increment();
    }
  }

  /** Lines that the disk was too slow for. */
  public long dropped() {
    return dropped.sum();
  }

  private void write() {
    try (out) {
      while (true) {
        Map<String, Object> line = waiting.poll();
        if (line == null) {
          out.flush();
          line = waiting.take();
        }
        line.replaceAll((name, value) -> value instanceof String text ? Plain.text(text) : value);
        out.write(Json.bytes(line));
        out.write('\n');
      }
    } catch (InterruptedException e) {
      // Closed.
    } catch (IOException e) {
      log.warnOnce("access log", "the access log ends here: " + e);
    }
  }

  @Override
  public void close() {
    writer.interrupt();
  }
}
