package dev.weft.coordinator.ca;

import dev.weft.coordinator.AuditView;
import dev.weft.wire.Json;
import dev.weft.wire.WireException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The audit in {@code audit.jsonl}, one JSON object a line, and the newest thousand entries in
 * memory. At 8 MiB the file becomes {@code audit.jsonl.1}, and the one before that is dropped. Safe
 * for use by any thread.
 */
public final class AuditLog implements AuditView, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(AuditLog.class);
  private static final long MAX_BYTES = 8L << 20;
  private static final int RING = 1000;
  private static final int MAX_DETAILS = 32;
  private static final int MAX_TEXT = 512;

  /** Refusals cost a stranger nothing; more a minute than this are counted and not written. */
  private static final int MAX_REFUSALS_A_MINUTE = 300;

  private final Path file;
  private final Clock clock;
  private final long maxBytes;
  private final ArrayDeque<Entry> ring = new ArrayDeque<>();
  private @Nullable FileChannel channel;
  private boolean failed;
  private long refusalsMinute;
  private int refusals;

  /** Opens the log in a folder; its newest entries are read back. */
  public static AuditLog open(Path folder, Clock clock) {
    return new AuditLog(folder.resolve("audit.jsonl"), clock, MAX_BYTES);
  }

  AuditLog(Path file, Clock clock, long maxBytes) {
    this.file = file;
    this.clock = clock;
    this.maxBytes = maxBytes;
    readBack();
  }

  @Override
  public synchronized void record(
      String action, String actor, String subject, Map<String, String> details) {
    try {
      long now = clock.millis();
      if (action.endsWith(".refused") && !withinRefusals(now)) {
        return;
      }
      Map<String, String> bounded = new LinkedHashMap<>();
      for (Map.Entry<String, String> detail : details.entrySet()) {
        if (bounded.size() == MAX_DETAILS) {
          break;
        }
        bounded.put(shortened(detail.getKey()), shortened(detail.getValue()));
      }
      add(new Entry(now, shortened(action), shortened(actor), shortened(subject), bounded));
    } catch (RuntimeException e) {
      complain(e);
    }
  }

  @Override
  public synchronized List<Entry> recent(int limit) {
    List<Entry> newest = new ArrayList<>();
    Iterator<Entry> from = ring.descendingIterator();
    while (from.hasNext() && newest.size() < limit) {
      newest.add(from.next());
    }
    return newest;
  }

  @Override
  public synchronized void close() throws IOException {
    if (channel != null) {
      channel.close();
      channel = null;
    }
  }

  private boolean withinRefusals(long now) {
    long minute = now / 60_000;
    if (minute != refusalsMinute) {
      int missing = refusals - MAX_REFUSALS_A_MINUTE;
      refusalsMinute = minute;
      refusals = 0;
      if (missing > 0) {
        add(
            new Entry(
                now,
                "audit.suppressed",
                "coordinator",
                "refusals",
                Map.of("count", Integer.toString(missing))));
      }
    }
    return ++refusals <= MAX_REFUSALS_A_MINUTE;
  }

  private void add(Entry entry) {
    if (ring.size() == RING) {
      ring.removeFirst();
    }
    ring.addLast(entry);
    try {
      ByteArrayOutputStream line = new ByteArrayOutputStream(256);
      line.writeBytes(Json.bytes(tree(entry)));
      line.write('\n');
      ByteBuffer bytes = ByteBuffer.wrap(line.toByteArray());
      FileChannel out = opened();
      while (bytes.hasRemaining()) {
        out.write(bytes);
      }
      if (out.size() >= maxBytes) {
        close();
        Files.move(
            file,
            file.resolveSibling(file.getFileName() + ".1"),
            StandardCopyOption.REPLACE_EXISTING);
      }
      failed = false;
    } catch (IOException e) {
      complain(e);
    }
  }

  private FileChannel opened() throws IOException {
    FileChannel open = channel;
    if (open == null) {
      open =
          FileChannel.open(
              file,
              Set.of(StandardOpenOption.CREATE, StandardOpenOption.APPEND),
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      channel = open;
    }
    return open;
  }

  private void complain(Exception e) {
    if (!failed) {
      failed = true;
      log.error("audit log {}: cannot be written, entries are kept in memory only", file, e);
    }
  }

  private void readBack() {
    ArrayDeque<String> newest = new ArrayDeque<>();
    try {
      for (Path one : List.of(file.resolveSibling(file.getFileName() + ".1"), file)) {
        if (Files.exists(one)) {
          try (Stream<String> lines = Files.lines(one, StandardCharsets.ISO_8859_1)) {
            lines.forEach(
                line -> {
                  if (newest.size() == RING) {
                    newest.removeFirst();
                  }
                  newest.addLast(line);
                });
          }
        }
      }
      for (String line : newest) {
        Entry entry = parse(line);
        if (entry != null) {
          ring.addLast(entry);
        }
      }
    } catch (IOException | UncheckedIOException e) {
      log.warn("audit log {}: what was there cannot be read back", file, e);
    }
  }

  private static Map<String, Object> tree(Entry entry) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("time", entry.timeMillis());
    tree.put("action", entry.action());
    tree.put("actor", entry.actor());
    tree.put("subject", entry.subject());
    tree.put("details", entry.details());
    return tree;
  }

  private static @Nullable Entry parse(String line) {
    try {
      Map<String, Object> tree = Json.parseObject(line.getBytes(StandardCharsets.ISO_8859_1));
      if (tree.get("time") instanceof Long time && tree.get("details") instanceof Map<?, ?> map) {
        Map<String, String> details = new LinkedHashMap<>();
        map.forEach((key, value) -> details.put(String.valueOf(key), String.valueOf(value)));
        return new Entry(
            time,
            String.valueOf(tree.get("action")),
            String.valueOf(tree.get("actor")),
            String.valueOf(tree.get("subject")),
            details);
      }
      return null;
    } catch (WireException e) {
      return null; // the last line of a process that was killed while it wrote
    }
  }

  private static String shortened(String text) {
    return text.length() <= MAX_TEXT ? text : text.substring(0, MAX_TEXT) + "…";
  }
}
