package dev.weft.perf;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordedMethod;
import jdk.jfr.consumer.RecordingFile;
import org.jspecify.annotations.Nullable;

/** Where a process's time and memory went, from its Flight Recorder's samples. */
final class Profile {
  private static final String OURS = "dev.weft.";
  private static final int LINES = 20;

  private final Map<String, Long> self = new HashMap<>();
  private final Map<String, Long> oursInclusive = new HashMap<>();
  private final Map<String, Long> allocated = new HashMap<>();
  private final Map<String, Long> allocatedUnderOurs = new HashMap<>();
  private long samples;
  private long samplesUnderOurs;
  private long bytes;
  private long bytesUnderOurs;

  private Profile() {}

  static void print(String name, Path recording, Report report) throws IOException {
    if (!Files.exists(recording)) {
      report.line("  %s: no recording was written", name);
      return;
    }
    Profile profile = new Profile();
    try (RecordingFile file = new RecordingFile(recording)) {
      while (file.hasMoreEvents()) {
        profile.add(file.readEvent());
      }
    }
    profile.print(name, report);
  }

  private void add(RecordedEvent event) {
    if (event.getStackTrace() == null) {
      return;
    }
    List<RecordedFrame> frames =
        event.getStackTrace().getFrames().stream()
            .filter(frame -> frame.getMethod() != null) // its class is unloaded
            .toList();
    if (frames.isEmpty()) {
      return;
    }
    switch (event.getEventType().getName()) {
      // Not those in native code: a thread that waits in a socket counts there as one that works.
      case "jdk.ExecutionSample" -> sample(frames);
      case "jdk.ObjectAllocationSample" ->
          allocation(frames, event.getClass("objectClass").getName(), event.getLong("weight"));
      default -> {
        // The recorder's settings write much that is not asked for here.
      }
    }
  }

  private void sample(List<RecordedFrame> frames) {
    samples++;
    self.merge(place(frames.get(0), false), 1L, Long::sum);
    Set<String> seen = new HashSet<>();
    for (RecordedFrame frame : frames) {
      String place = place(frame, true);
      if (place.startsWith(OURS) && seen.add(place)) {
        oursInclusive.merge(place, 1L, Long::sum);
      }
    }
    if (!seen.isEmpty()) {
      samplesUnderOurs++;
    }
  }

  private void allocation(List<RecordedFrame> frames, String type, long weight) {
    bytes += weight;
    allocated.merge(type + " in " + place(frames.get(0), true), weight, Long::sum);
    String ours = ours(frames);
    if (ours != null) {
      bytesUnderOurs += weight;
      allocatedUnderOurs.merge(type + " in " + ours, weight, Long::sum);
    }
  }

  /** The innermost frame that is the mesh's. */
  private static @Nullable String ours(List<RecordedFrame> frames) {
    for (RecordedFrame frame : frames) {
      String place = place(frame, true);
      if (place.startsWith(OURS)) {
        return place;
      }
    }
    return null;
  }

  private static String place(RecordedFrame frame, boolean line) {
    RecordedMethod method = frame.getMethod();
    return method.getType().getName()
        + "."
        + method.getName()
        + (line ? ":" + frame.getLineNumber() : "");
  }

  private void print(String name, Report report) {
    report.line("");
    report.line(
        "%s: %d samples, %.1f %% of them with a frame of the mesh; %.0f MB allocated, %.1f %%"
            + " below one",
        name,
        samples,
        100.0 * samplesUnderOurs / Math.max(1, samples),
        bytes / 1e6,
        100.0 * bytesUnderOurs / Math.max(1, bytes));
    top("the innermost frames", self, samples, report);
    top("frames of the mesh, with what they call", oursInclusive, samples, report);
    top("allocated", allocated, bytes, report);
    top("allocated, by the innermost frame of the mesh", allocatedUnderOurs, bytes, report);
  }

  private static void top(String title, Map<String, Long> counts, long total, Report report) {
    report.line("  %s", title);
    counts.entrySet().stream()
        .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
        .limit(LINES)
        .forEach(
            entry ->
                report.line("    %5.1f %%  %s", 100.0 * entry.getValue() / total, entry.getKey()));
  }
}
