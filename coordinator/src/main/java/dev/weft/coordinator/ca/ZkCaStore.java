package dev.weft.coordinator.ca;

import dev.weft.ca.CaException;
import dev.weft.ca.CaState;
import dev.weft.ca.CaStore;
import dev.weft.coordinator.Unavailable;
import dev.weft.coordinator.zk.Zk;
import dev.weft.wire.Json;
import dev.weft.wire.WireException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.data.Stat;
import org.jspecify.annotations.Nullable;

/** The authority's state in one node, as JSON. */
public final class ZkCaStore implements CaStore {
  private static final long FORMAT = 1;

  private final Zk zk;
  private final String path;

  public ZkCaStore(Zk zk) {
    this.zk = zk;
    this.path = zk.paths().caState();
  }

  @Override
  public @Nullable Stored load() {
    Stat stat = new Stat();
    try {
      byte[] bytes =
          zk.call(
              "read the CA's state",
              curator -> curator.getData().storingStatIn(stat).forPath(path));
      return new Stored(parse(Json.parseObject(bytes)), stat.getVersion());
    } catch (KeeperException.NoNodeException e) {
      return null;
    } catch (KeeperException e) {
      throw new Unavailable("cannot read the CA's state: " + e.getMessage(), e);
    } catch (WireException | RuntimeException e) {
      if (e instanceof Unavailable || e instanceof CaException) {
        throw (RuntimeException) e;
      }
      throw new CaException(path + " in ZooKeeper: " + e.getMessage(), e);
    }
  }

  @Override
  public boolean save(CaState state, int version) {
    byte[] bytes = Json.bytes(tree(state));
    try {
      if (version == ABSENT) {
        zk.call(
            "create the CA's state",
            curator -> curator.create().creatingParentsIfNeeded().forPath(path, bytes));
      } else {
        zk.call(
            "write the CA's state",
            curator -> curator.setData().withVersion(version).forPath(path, bytes));
      }
      return true;
    } catch (KeeperException.NodeExistsException | KeeperException.BadVersionException e) {
      return false;
    } catch (KeeperException e) {
      throw new Unavailable("cannot write the CA's state: " + e.getMessage(), e);
    }
  }

  private static Map<String, Object> tree(CaState state) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("format", FORMAT);
    tree.put("phase", state.phase().name());
    tree.put("since", state.sinceMillis());
    tree.put("longestLeaf", state.longestLeafMillis());
    tree.put("roots", state.roots().stream().map(ZkCaStore::tree).toList());
    tree.put("intermediates", state.intermediates().stream().map(ZkCaStore::tree).toList());
    tree.put("signer", state.signer());
    tree.put("former", state.former().stream().map(ZkCaStore::tree).toList());
    return tree;
  }

  private static Map<String, Object> tree(CaState.Former former) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("id", former.id());
    tree.put("certificate", Base64.getEncoder().encodeToString(former.certificate()));
    tree.put("cross", Base64.getEncoder().encodeToString(former.cross()));
    return tree;
  }

  private static Map<String, Object> tree(CaState.Authority authority) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("id", authority.id());
    tree.put("issuer", authority.issuer());
    tree.put("certificate", Base64.getEncoder().encodeToString(authority.certificate()));
    tree.put("sealedKey", Base64.getEncoder().encodeToString(authority.sealedKey()));
    return tree;
  }

  private static CaState parse(Map<String, Object> tree) {
    if (!Long.valueOf(FORMAT).equals(tree.get("format"))) {
      throw new CaException(
          "the CA's state has format " + tree.get("format") + " (expected: " + FORMAT + ")");
    }
    return new CaState(
        CaState.Phase.valueOf(string(tree, "phase")),
        // Those who wrote these three not at all could not rotate.
        tree.get("since") instanceof Long since ? since : 0,
        tree.get("longestLeaf") instanceof Long longest ? longest : 0,
        list(tree, "roots", ZkCaStore::authority),
        list(tree, "intermediates", ZkCaStore::authority),
        string(tree, "signer"),
        tree.containsKey("former") ? list(tree, "former", ZkCaStore::former) : List.of());
  }

  private static CaState.Authority authority(Map<?, ?> tree) {
    return new CaState.Authority(
        string(tree, "id"),
        string(tree, "issuer"),
        bytes(tree, "certificate"),
        bytes(tree, "sealedKey"));
  }

  private static CaState.Former former(Map<?, ?> tree) {
    return new CaState.Former(string(tree, "id"), bytes(tree, "certificate"), bytes(tree, "cross"));
  }

  private static <T> List<T> list(
      Map<String, Object> tree, String name, Function<Map<?, ?>, T> element) {
    if (!(tree.get(name) instanceof List<?> list)) {
      throw new CaException("the CA's state has no " + name);
    }
    List<T> all = new ArrayList<>();
    for (Object one : list) {
      if (!(one instanceof Map<?, ?> map)) {
        throw new CaException("the CA's state has no objects in " + name);
      }
      all.add(element.apply(map));
    }
    return all;
  }

  private static byte[] bytes(Map<?, ?> tree, String name) {
    return Base64.getDecoder().decode(string(tree, name));
  }

  private static String string(Map<?, ?> tree, String name) {
    if (tree.get(name) instanceof String value) {
      return value;
    }
    throw new CaException("the CA's state has no " + name);
  }
}
