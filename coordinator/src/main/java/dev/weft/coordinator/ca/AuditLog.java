package dev.weft.coordinator.ca;

import dev.weft.coordinator.AuditView;
import dev.weft.wire.Plain;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The audit: what happened in {@code audit.jsonl}, certificates in {@code issued.jsonl}, what was
 * refused in {@code refusals.jsonl}, each with the newest thousand entries in memory. Refusals cost
 * a stranger nothing, so they have a book of their own, in which they displace nothing but each
 * other, and a rate. Safe for use by any thread.
 */
public final class AuditLog implements AuditView, AutoCloseable {
  private static final long MAX_BYTES = 8L << 20;
  private static final long MAX_REFUSED_BYTES = 4L << 20;

  /** There is one for each renewal, and any member may renew as often as its budget lets it. */
  private static final int MAX_DETAILS = 32;

  private static final int MAX_TEXT = 512;

  /** More refusals a minute are counted and not written: of all, and of one source. */
  private static final int MAX_REFUSALS = 300;

  private static final int MAX_REFUSALS_OF_A_SOURCE = 60;

  /** Those that come after are one source. */
  private static final int MAX_SOURCES = 1000;

  private final Clock clock;
  private final AuditBook happened;
  private final AuditBook refused;
  private final AuditBook issued;
  private final Map<String, Integer> refusals = new HashMap<>();
  private long refusalsMinute;
  private int written;
  private int suppressed;

  /** Opens the log in a folder; its newest entries are read back. */
  public static AuditLog open(Path folder, Clock clock) {
    return new AuditLog(folder, clock, MAX_BYTES, MAX_REFUSED_BYTES);
  }

  AuditLog(Path folder, Clock clock, long maxBytes, long maxRefusedBytes) {
    this.clock = clock;
    this.happened = new AuditBook(folder.resolve("audit.jsonl"), maxBytes);
    this.refused = new AuditBook(folder.resolve("refusals.jsonl"), maxRefusedBytes);
    this.issued = new AuditBook(folder.resolve("issued.jsonl"), maxBytes);
  }

  @Override
  public synchronized void record(
      String action, String actor, String subject, Map<String, String> details) {
    AuditBook book =
        action.endsWith(".refused") ? refused : action.equals(ISSUED) ? issued : happened;
    try {
      long now = clock.millis();
      if (book == refused && !withinRefusals(now, source(details))) {
        return;
      }
      Map<String, String> bounded = new LinkedHashMap<>();
      for (Map.Entry<String, String> detail : details.entrySet()) {
        if (bounded.size() == MAX_DETAILS) {
          break;
        }
        bounded.put(plain(detail.getKey()), plain(detail.getValue()));
      }
      book.add(new Entry(now, plain(action), plain(actor), plain(subject), bounded));
    } catch (RuntimeException e) {
      book.complain(e);
    }
  }

  /**
   * At most half of them are refusals and certificates, half and half, unless there is nothing
   * else.
   */
  @Override
  public synchronized List<Entry> recent(int limit) {
    List<Entry> all = new ArrayList<>(happened.recent(limit));
    int room = Math.max(limit / 2, limit - all.size());
    List<Entry> refusals = refused.recent(room);
    List<Entry> others = new ArrayList<>(issued.recent(Math.max(room / 2, room - refusals.size())));
    others.addAll(refusals.subList(0, Math.min(refusals.size(), room - others.size())));
    List<Entry> newest =
        new ArrayList<>(all.subList(0, Math.min(all.size(), limit - others.size())));
    newest.addAll(others);
    newest.sort(Comparator.comparingLong(Entry::timeMillis).reversed());
    return newest;
  }

  @Override
  public synchronized List<Entry> issued() {
    return issued.recent(Integer.MAX_VALUE);
  }

  @Override
  public synchronized void close() throws IOException {
    try {
      happened.close();
    } finally {
      try {
        refused.close();
      } finally {
        issued.close();
      }
    }
  }

  /** The address without its port, which is another one each time. */
  private static String source(Map<String, String> details) {
    String remote = details.getOrDefault("remote", "");
    int colon = remote.lastIndexOf(':');
    return colon < 0 ? remote : remote.substring(0, colon);
  }

  private boolean withinRefusals(long now, String source) {
    long minute = now / 60_000;
    if (minute != refusalsMinute) {
      if (suppressed > 0) {
        refused.add(
            new Entry(
                now,
                "audit.suppressed",
                "coordinator",
                "refusals",
                Map.of("count", Integer.toString(suppressed))));
      }
      refusalsMinute = minute;
      refusals.clear();
      written = 0;
      suppressed = 0;
    }
    String counted =
        refusals.size() < MAX_SOURCES || refusals.containsKey(source) ? source : "others";
    if (written < MAX_REFUSALS
        && refusals.merge(counted, 1, Integer::sum) <= MAX_REFUSALS_OF_A_SOURCE) {
      written++;
      return true;
    }
    suppressed++;
    return false;
  }

  /** In a length that can be kept, and without what a terminal would obey. */
  private static String plain(String text) {
    return Plain.shortened(text, MAX_TEXT);
  }
}
