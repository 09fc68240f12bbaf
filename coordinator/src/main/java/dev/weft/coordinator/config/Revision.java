package dev.weft.coordinator.config;

import dev.weft.wire.Json;
import dev.weft.wire.WireException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * A revision's record. The tree of hashes has two levels, so that a commit writes only the group
 * that it changes: the revision names one blob for each kind and namespace, and that names the
 * resources'.
 *
 * @param number from 1, without gaps
 * @param author who asked for it
 * @param timeMillis when, in the coordinator's wall-clock milliseconds
 * @param message what changed, in a few words
 * @param commitId tells the committer that it was his commit, if the answer to it was lost
 * @param groups {@code Kind/namespace} → hash of the group's blob
 */
public record Revision(
    long number,
    String author,
    long timeMillis,
    String message,
    String commitId,
    Map<String, String> groups) {

  public Revision {
    groups = Map.copyOf(groups);
  }

  byte[] encode() {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("author", author);
    tree.put("time", timeMillis);
    tree.put("message", message);
    tree.put("commit", commitId);
    tree.put("groups", new TreeMap<>(groups));
    return Gzip.compress(Json.bytes(tree));
  }

  static Revision decode(long number, byte[] data) throws WireException {
    Map<String, Object> tree = Json.parseObject(Gzip.decompress(data));
    if (tree.get("author") instanceof String author
        && tree.get("time") instanceof Long time
        && tree.get("message") instanceof String message
        && tree.get("commit") instanceof String commitId
        && tree.get("groups") instanceof Map<?, ?> groups) {
      return new Revision(number, author, time, message, commitId, Gzip.strings(groups));
    }
    throw new WireException(
        "revision "
            + number
            + ": "
            + tree.keySet()
            + " (expected: author, time, message, commit,"
            + " groups)");
  }
}
