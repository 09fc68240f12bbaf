package dev.weft.coordinator.ca;

import dev.weft.ca.CaException;
import dev.weft.ca.Revocation;
import dev.weft.ca.RevocationStore;
import dev.weft.coordinator.Unavailable;
import dev.weft.coordinator.zk.Zk;
import dev.weft.wire.Json;
import dev.weft.wire.WireException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.data.Stat;
import org.jspecify.annotations.Nullable;

/** The revocations in one node, as JSON; a thousand of them are some 150 KB. */
public final class ZkRevocationStore implements RevocationStore {
  private static final long FORMAT = 1;

  private final Zk zk;
  private final String path;

  public ZkRevocationStore(Zk zk) {
    this.zk = zk;
    this.path = zk.paths().revocations();
  }

  @Override
  public @Nullable Stored loadUnless(int version) {
    Stat stat = new Stat();
    try {
      Stat now = zk.call("read the revocations", c -> c.checkExists().forPath(path));
      if ((now == null ? ABSENT : now.getVersion()) == version) {
        return null;
      }
      byte[] bytes =
          zk.call("read the revocations", c -> c.getData().storingStatIn(stat).forPath(path));
      return new Stored(parse(Json.parseObject(bytes)), stat.getVersion());
    } catch (KeeperException.NoNodeException e) {
      return new Stored(List.of(), ABSENT);
    } catch (KeeperException e) {
      throw new Unavailable("cannot read the revocations: " + e.getMessage(), e);
    } catch (WireException e) {
      throw new CaException(path + " in ZooKeeper: " + e.getMessage(), e);
    }
  }

  @Override
  public boolean save(List<Revocation> all, int version) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("format", FORMAT);
    tree.put("revoked", all.stream().map(ZkRevocationStore::tree).toList());
    byte[] bytes = Json.bytes(tree);
    try {
      if (version == ABSENT) {
        zk.call(
            "create the revocations",
            c -> c.create().creatingParentsIfNeeded().forPath(path, bytes));
      } else {
        zk.call(
            "write the revocations", c -> c.setData().withVersion(version).forPath(path, bytes));
      }
      return true;
    } catch (KeeperException.NodeExistsException | KeeperException.BadVersionException e) {
      return false;
    } catch (KeeperException e) {
      throw new Unavailable("cannot write the revocations: " + e.getMessage(), e);
    }
  }

  private static Map<String, Object> tree(Revocation one) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("serial", one.serial());
    tree.put("ns", one.namespace());
    tree.put("service", one.service());
    tree.put("before", one.before().toEpochMilli());
    tree.put("at", one.at().toEpochMilli());
    return tree;
  }

  private List<Revocation> parse(Map<String, Object> tree) {
    if (!Long.valueOf(FORMAT).equals(tree.get("format"))
        || !(tree.get("revoked") instanceof List<?> list)) {
      throw wrong();
    }
    List<Revocation> all = new ArrayList<>();
    for (Object element : list) {
      if (element instanceof Map<?, ?> one
          && one.get("serial") instanceof String serial
          && one.get("ns") instanceof String namespace
          && one.get("service") instanceof String service
          && one.get("before") instanceof Long before
          && one.get("at") instanceof Long at) {
        all.add(
            new Revocation(
                serial,
                namespace,
                service,
                Instant.ofEpochMilli(before),
                Instant.ofEpochMilli(at)));
      } else {
        throw wrong();
      }
    }
    return all;
  }

  private CaException wrong() {
    return new CaException(path + " in ZooKeeper: not a list of revocations of format " + FORMAT);
  }
}
