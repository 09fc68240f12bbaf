package com.example.perf;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;

/**
 * What TLS this JVM negotiated, as its Flight Recorder tells it: it sees the handshakes of
 * everybody, also those that an application knows nothing of.
 */
final class Negotiated {
  /** Work during which a connection is made. */
  interface Work {
    void run() throws Exception;
  }

  private Negotiated() {}

  /** One entry a kind of handshake: protocol, cipher suite, the peer's key; or {@code none}. */
  static String during(Work work) throws Exception {
    Path file = Files.createTempFile("handshakes", ".jfr");
    try {
      try (Recording recording = new Recording()) {
        recording.enable("jdk.TLSHandshake").withoutStackTrace();
        recording.enable("jdk.X509Certificate").withoutStackTrace();
        recording.start();
        work.run();
        recording.stop();
        recording.dump(file);
      }
      return describe(RecordingFile.readAllEvents(file));
    } finally {
      Files.deleteIfExists(file);
    }
  }

  private static String describe(List<RecordedEvent> events) {
    Map<Long, String> keys = new HashMap<>();
    List<RecordedEvent> handshakes = new ArrayList<>();
    for (RecordedEvent event : events) {
      if (event.getEventType().getName().equals("jdk.X509Certificate")) {
        keys.put(
            event.getLong("certificateId"),
            event.getString("keyType") + " " + event.getInt("keyLength"));
      } else {
        handshakes.add(event);
      }
    }
    TreeSet<String> found = new TreeSet<>();
    for (RecordedEvent handshake : handshakes) {
      found.add(
          handshake.getString("protocolVersion")
              + " "
              + handshake.getString("cipherSuite")
              + ", the server's key "
              + keys.getOrDefault(handshake.getLong("certificateId"), "unknown"));
    }
    return found.isEmpty() ? "none" : String.join("; ", found);
  }
}
