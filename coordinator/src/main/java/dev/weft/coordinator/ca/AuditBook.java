package dev.weft.coordinator.ca;

import dev.weft.coordinator.AuditView.Entry;
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
 * Entries in one file, a JSON object a line, and the newest of them in memory. When the file has
 * its size it gets the suffix {@code .1}, and the one before that is dropped. For one thread at a
 * time.
 */
final class AuditBook {
  private static final Logger log = LoggerFactory.getLogger(AuditBook.class);
  private static final int RING = 1000;

  private final Path file;
  private final long maxBytes;
  private final ArrayDeque<Entry> ring = new ArrayDeque<>();
  private @Nullable FileChannel channel;
  private boolean failed;

  /** Reads back the newest entries. */
  AuditBook(Path file, long maxBytes) {
    this.file = file;
    this.maxBytes = maxBytes;
    readBack();
  }

  /** The newest entries, newest first. */
  List<Entry> recent(int limit) {
    List<Entry> newest = new ArrayList<>();
    Iterator<Entry> from = ring.descendingIterator();
    while (from.hasNext() && newest.size() < limit) {
      newest.add(from.next());
    }
    return newest;
  }

  /** Never fails. */
  void add(Entry entry) {
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

  void close() throws IOException {
    if (channel != null) {
      channel.close();
      channel = null;
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

  void complain(Exception e) {
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
}
