package dev.weft.coordinator.config;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.weft.coordinator.Unavailable;
import dev.weft.wire.Json;
import dev.weft.wire.WireException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.apache.curator.framework.CuratorFramework;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.data.Stat;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The nodes of policy in ZooKeeper: {@code head}, a record for each revision, and blobs. Without
 * state of its own; safe for use by any thread.
 */
final class History {
  /** A record and the head must fit into one transaction of at most 1 MB. */
  private static final int MAX_RECORD = 512 * 1024;

  private static final Logger log = LoggerFactory.getLogger(History.class);

  /**
   * Where the newest revision is named.
   *
   * @param version of the node, which a commit expects
   * @param modifiedMillis by ZooKeeper's clock
   */
  record Head(long revision, int version, long modifiedMillis) {}

  private final CuratorFramework client;
  private final String path;
  private final Blobs blobs;

  /**
   * @param path of the node under which everything is kept
   */
  History(CuratorFramework client, String path) {
    this.client = client;
    this.path = path;
    this.blobs = new Blobs(client, path + "/blob");
  }

  /** Makes what is missing. */
  void create() throws Exception {
    for (String node : List.of("/rev", "/blob")) {
      createIfMissing(path + node, new byte[0]);
    }
    createIfMissing(path + "/head", bytes(0));
  }

  Head head() throws Exception {
    Stat stat = new Stat();
    byte[] data = client.getData().storingStatIn(stat).forPath(path + "/head");
    String text = new String(data, UTF_8);
    try {
      return new Head(Long.parseLong(text), stat.getVersion(), stat.getMtime());
    } catch (NumberFormatException e) {
      throw new WireException(path + "/head: " + text + " (expected: a revision's number)", e);
    }
  }

  /**
   * Reads a revision.
   *
   * @param known what it has already is not read again
   */
  Config load(long revision, Config known) throws Exception {
    if (revision == 0) {
      return Config.empty();
    }
    Revision record = record(revision);
    if (record == null) {
      throw new WireException(revisionNode(revision) + ": missing");
    }
    return load(record, known);
  }

  private Config load(Revision record, Config known) throws Exception {
    NavigableMap<String, Stored> resources = new TreeMap<>();
    Map<String, String> toRead = new TreeMap<>(); // group → hash
    record
        .groups()
        .forEach(
            (group, hash) -> {
              if (hash.equals(known.groups().get(group))) {
                resources.putAll(known.withPrefix(group + "/"));
              } else {
                toRead.put(group, hash);
              }
            });
    Map<String, Map<String, Object>> groups = blobs.read(new LinkedHashSet<>(toRead.values()));
    Map<String, String> missing = new TreeMap<>(); // id → hash
    for (Map.Entry<String, String> group : toRead.entrySet()) {
      Map<String, String> members =
          Gzip.strings(Objects.requireNonNull(groups.get(group.getValue())));
      members.forEach(
          (name, hash) -> {
            String id = group.getKey() + "/" + name;
            Stored stored = known.get(id);
            if (stored != null && stored.etag().equals(hash)) {
              resources.put(id, stored);
            } else {
              missing.put(id, hash);
            }
          });
    }
    Map<String, Map<String, Object>> trees = blobs.read(new LinkedHashSet<>(missing.values()));
    missing.forEach(
        (id, hash) ->
            resources.put(id, Stored.of(id, hash, Objects.requireNonNull(trees.get(hash)))));
    return new Config(record.number(), resources, record.groups());
  }

  /** Null if there is no such revision (any more). */
  @Nullable Revision record(long revision) throws Exception {
    try {
      return Revision.decode(revision, client.getData().forPath(revisionNode(revision)));
    } catch (KeeperException.NoNodeException e) {
      return null;
    }
  }

  /** Writes the blobs of the next revision that its base does not have. */
  Config write(Config base, NavigableMap<String, Stored> resources) throws Exception {
    Map<String, NavigableMap<String, String>> members = new TreeMap<>();
    Map<String, byte[]> packed = new LinkedHashMap<>();
    for (Stored stored : resources.values()) {
      int slash = stored.id().lastIndexOf('/');
      members
          .computeIfAbsent(stored.id().substring(0, slash), group -> new TreeMap<>())
          .put(stored.id().substring(slash + 1), stored.etag());
      // What the base names is safe: if the head is still there at the commit, it was never swept.
      Stored before = base.get(stored.id());
      if (before == null || !before.etag().equals(stored.etag())) {
        packed.put(stored.etag(), Blobs.pack(Json.bytes(stored.tree()), stored.id()));
      }
    }
    Map<String, String> groups = new TreeMap<>();
    for (Map.Entry<String, NavigableMap<String, String>> group : members.entrySet()) {
      byte[] content = Json.bytes(group.getValue());
      String hash = Blobs.hash(content);
      groups.put(group.getKey(), hash);
      if (!hash.equals(base.groups().get(group.getKey()))) {
        packed.put(hash, Blobs.pack(content, group.getKey()));
      }
    }
    blobs.write(packed);
    return new Config(base.revision() + 1, resources, groups);
  }

  /** The commit. False: somebody else was faster. */
  boolean commit(Head head, Revision revision) throws Exception {
    byte[] record = revision.encode();
    ConfigStore.limit("revision record in bytes", record.length, MAX_RECORD);
    String node = revisionNode(revision.number());
    try {
      client
          .transaction()
          .forOperations(
              client
                  .transactionOp()
                  .setData()
                  .withVersion(head.version())
                  .forPath(path + "/head", bytes(revision.number())),
              client.transactionOp().create().forPath(node, record));
      return true;
    } catch (KeeperException.BadVersionException e) {
      // Also what a repeated request sees whose first answer was lost.
      Revision there = record(revision.number());
      return there != null && there.commitId().equals(revision.commitId());
    } catch (KeeperException.NodeExistsException e) {
      // A record without its head is none of ours; out of the way, while the head still stands
      // there.
      log.warn("{} was there although head is at {}: replaced", node, head.revision());
      removeStray(head, node);
      return false;
    } catch (KeeperException.ConnectionLossException
        | KeeperException.SessionExpiredException
        | KeeperException.OperationTimeoutException e) {
      throw new Unavailable(
          "ZooKeeper was lost during the commit: whether revision "
              + revision.number()
              + " was made is unknown; `weft revisions` tells when it is back",
          e);
    }
  }

  private void removeStray(Head head, String node) throws Exception {
    try {
      client
          .transaction()
          .forOperations(
              client.transactionOp().check().withVersion(head.version()).forPath(path + "/head"),
              client.transactionOp().delete().forPath(node));
    } catch (KeeperException.BadVersionException | KeeperException.NoNodeException e) {
      // somebody was faster; the next attempt sees what is there
    }
  }

  void delete(long revision) throws Exception {
    try {
      client.delete().forPath(revisionNode(revision));
    } catch (KeeperException.NoNodeException e) {
      // another coordinator tidied
    }
  }

  /**
   * Deletes old records, and the blobs that no kept revision names.
   *
   * @param kept how many revisions, the newest ones
   * @param grace younger blobs are kept: a commit that is under way may need them
   * @return how many blobs were deleted
   */
  int sweep(int kept, Duration grace) throws Exception {
    List<String> candidates = new ArrayList<>(blobs.list());
    Head head = head();
    Set<String> groups = new LinkedHashSet<>();
    for (String child : client.getChildren().forPath(path + "/rev")) {
      long revision = Long.parseLong(child);
      if (revision <= head.revision() - kept) {
        delete(revision);
        continue;
      }
      Revision record = record(revision);
      if (record != null) {
        groups.addAll(record.groups().values());
      }
    }
    Set<String> reachable = new HashSet<>(groups);
    for (Map<String, Object> group : blobs.read(groups).values()) {
      reachable.addAll(Gzip.strings(group).values());
    }
    candidates.removeIf(reachable::contains);
    // By ZooKeeper's clock on both sides; the head was moved just now, or nothing was written
    // since.
    return blobs.delete(candidates, head.modifiedMillis() - grace.toMillis());
  }

  private void createIfMissing(String node, byte[] data) throws Exception {
    try {
      client.create().creatingParentsIfNeeded().forPath(node, data);
    } catch (KeeperException.NodeExistsException e) {
      // an earlier start, or another coordinator's
    }
  }

  private String revisionNode(long revision) {
    return path + "/rev/" + revision;
  }

  private static byte[] bytes(long revision) {
    return Long.toString(revision).getBytes(UTF_8);
  }
}
