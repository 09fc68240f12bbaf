package dev.weft.coordinator.config;

import dev.weft.policy.Problem;
import dev.weft.wire.Json;
import dev.weft.wire.WireException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.api.BackgroundCallback;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.data.Stat;

/**
 * Content-addressed nodes: each is named by the SHA-256 of what it holds, so that it never changes.
 * Many are read and written at once, pipelined over the one session.
 */
final class Blobs {
  /** Largest blob, compressed: half of what a ZooKeeper node may hold. */
  static final int MAX_BYTES = 512 * 1024;

  /** Requests on their way at once. */
  private static final int PIPELINE = 256;

  private static final long TIMEOUT_SECONDS = 30;

  private final CuratorFramework client;
  private final String path;

  Blobs(CuratorFramework client, String path) {
    this.client = client;
    this.path = path;
  }

  static String hash(byte[] content) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java has it
    }
  }

  /** What will be stored, within its bound. */
  static byte[] pack(byte[] content, String resource) throws RefusedException {
    byte[] packed = Gzip.compress(content);
    if (packed.length > MAX_BYTES) {
      throw new RefusedException(
          RefusedException.Reason.LIMIT,
          resource,
          Problem.wrong("size", packed.length + " bytes compressed", "at most " + MAX_BYTES));
    }
    return packed;
  }

  /**
   * Reads blobs, each a JSON object.
   *
   * @throws KeeperException.NoNodeException if one is not there
   * @throws WireException if one does not hold what its name says
   */
  Map<String, Map<String, Object>> read(Set<String> hashes) throws Exception {
    Map<String, Map<String, Object>> trees = new LinkedHashMap<>();
    for (List<String> some : chunks(new ArrayList<>(hashes))) {
      Map<String, CompletableFuture<byte[]>> answers = new LinkedHashMap<>();
      for (String hash : some) {
        CompletableFuture<byte[]> answer = new CompletableFuture<>();
        answers.put(hash, answer);
        BackgroundCallback done =
            (c, event) -> complete(answer, event.getResultCode(), event.getPath(), event.getData());
        client.getData().inBackground(done).forPath(node(hash));
      }
      for (Map.Entry<String, CompletableFuture<byte[]>> answer : answers.entrySet()) {
        byte[] content = Gzip.decompress(await(answer.getValue()));
        if (!hash(content).equals(answer.getKey())) {
          throw new WireException("blob " + answer.getKey() + " holds something else");
        }
        trees.put(answer.getKey(), Json.parseObject(content));
      }
    }
    return trees;
  }

  /**
   * Makes sure that blobs are there, and that none of them looks old to a sweep that runs now.
   *
   * @param packed hash → what {@link #pack} made
   */
  void write(Map<String, byte[]> packed) throws Exception {
    for (List<String> some : chunks(new ArrayList<>(packed.keySet()))) {
      Map<String, CompletableFuture<byte[]>> answers = new LinkedHashMap<>();
      for (String hash : some) {
        CompletableFuture<byte[]> answer = new CompletableFuture<>();
        answers.put(hash, answer);
        byte[] data = packed.get(hash);
        BackgroundCallback done =
            (c, event) -> complete(answer, event.getResultCode(), event.getPath(), new byte[0]);
        client.create().inBackground(done).forPath(node(hash), data);
      }
      for (Map.Entry<String, CompletableFuture<byte[]>> answer : answers.entrySet()) {
        try {
          await(answer.getValue());
        } catch (KeeperException.NodeExistsException e) {
          touch(answer.getKey(), Objects.requireNonNull(packed.get(answer.getKey())));
        }
      }
    }
  }

  /**
   * Writes a blob that was there already once more, which makes it young; or anew, if it has gone.
   */
  private void touch(String hash, byte[] data) throws Exception {
    for (int attempt = 0; attempt < 10; attempt++) {
      try {
        client.setData().forPath(node(hash), data);
        return;
      } catch (KeeperException.NoNodeException swept) {
        try {
          client.create().forPath(node(hash), data);
          return;
        } catch (KeeperException.NodeExistsException writtenAgain) {
          // by somebody else, in between
        }
      }
    }
    throw new IllegalStateException("blob " + hash + " comes and goes");
  }

  List<String> list() throws Exception {
    return client.getChildren().forPath(path);
  }

  /**
   * Deletes blobs that were last written before a point in time.
   *
   * @param beforeMillis on ZooKeeper's clock
   * @return how many
   */
  int delete(List<String> hashes, long beforeMillis) throws Exception {
    int deleted = 0;
    for (String hash : hashes) {
      Stat stat = client.checkExists().forPath(node(hash));
      if (stat == null || stat.getMtime() >= beforeMillis) {
        continue;
      }
      try {
        // With the version that was looked at: a commit that needs the blob writes it again first.
        client.delete().withVersion(stat.getVersion()).forPath(node(hash));
        deleted++;
      } catch (KeeperException.BadVersionException | KeeperException.NoNodeException e) {
        // in use again, or swept by another coordinator
      }
    }
    return deleted;
  }

  private String node(String hash) {
    return path + "/" + hash;
  }

  private static void complete(
      CompletableFuture<byte[]> answer, int resultCode, String path, byte[] data) {
    Code code = Code.get(resultCode);
    if (code == Code.OK) {
      answer.complete(data == null ? "".getBytes(StandardCharsets.UTF_8) : data);
    } else {
      answer.completeExceptionally(KeeperException.create(code, path));
    }
  }

  private static byte[] await(CompletableFuture<byte[]> answer) throws Exception {
    try {
      return answer.get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Exception cause) {
        throw cause;
      }
      throw e;
    } catch (TimeoutException e) {
      throw new KeeperException.OperationTimeoutException();
    }
  }

  private static List<List<String>> chunks(List<String> all) {
    List<List<String>> chunks = new ArrayList<>();
    for (int from = 0; from < all.size(); from += PIPELINE) {
      chunks.add(all.subList(from, Math.min(all.size(), from + PIPELINE)));
    }
    return chunks;
  }
}
