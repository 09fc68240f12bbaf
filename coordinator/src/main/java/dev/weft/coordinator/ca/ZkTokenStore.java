package dev.weft.coordinator.ca;

import dev.weft.ca.TokenRecord;
import dev.weft.ca.TokenStore;
import dev.weft.coordinator.Unavailable;
import dev.weft.coordinator.zk.Zk;
import dev.weft.wire.Json;
import dev.weft.wire.WireException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.data.Stat;
import org.jspecify.annotations.Nullable;

/** Tokens, a node each, as JSON; the version of the node makes the counting of uses atomic. */
public final class ZkTokenStore implements TokenStore {
  private final Zk zk;

  public ZkTokenStore(Zk zk) {
    this.zk = zk;
  }

  @Override
  public @Nullable Ids idsUnless(int version) {
    String path = zk.paths().tokens();
    Stat stat = new Stat();
    try {
      Stat now = zk.call("look for tokens", c -> c.checkExists().forPath(path));
      if ((now == null ? Ids.NONE : now.getCversion()) == version) {
        return null;
      }
      List<String> ids =
          zk.call("list tokens", c -> c.getChildren().storingStatIn(stat).forPath(path));
      return new Ids(Set.copyOf(ids), stat.getCversion());
    } catch (KeeperException.NoNodeException e) {
      return new Ids(Set.of(), Ids.NONE);
    } catch (KeeperException e) {
      throw new Unavailable("cannot list tokens: " + e.getMessage(), e);
    }
  }

  @Override
  public @Nullable Stored get(String id) {
    Stat stat = new Stat();
    String path = zk.paths().token(id);
    try {
      byte[] bytes =
          zk.call("read token " + id, c -> c.getData().storingStatIn(stat).forPath(path));
      return new Stored(parse(id, Json.parseObject(bytes)), stat.getVersion());
    } catch (KeeperException.NoNodeException e) {
      return null;
    } catch (KeeperException | WireException | IllegalArgumentException e) {
      throw new Unavailable("cannot read token " + id + ": " + e.getMessage(), e);
    }
  }

  @Override
  public void create(TokenRecord token) {
    try {
      zk.call(
          "create token " + token.id(),
          c ->
              c.create()
                  .creatingParentsIfNeeded()
                  .forPath(zk.paths().token(token.id()), Json.bytes(tree(token))));
    } catch (KeeperException e) {
      throw new Unavailable("cannot create token " + token.id() + ": " + e.getMessage(), e);
    }
  }

  @Override
  public boolean replace(TokenRecord token, int version) {
    try {
      zk.call(
          "write token " + token.id(),
          c ->
              c.setData()
                  .withVersion(version)
                  .forPath(zk.paths().token(token.id()), Json.bytes(tree(token))));
      return true;
    } catch (KeeperException.BadVersionException | KeeperException.NoNodeException e) {
      return false;
    } catch (KeeperException e) {
      throw new Unavailable("cannot write token " + token.id() + ": " + e.getMessage(), e);
    }
  }

  @Override
  public boolean delete(String id) {
    try {
      zk.call("revoke token " + id, c -> c.delete().forPath(zk.paths().token(id)));
      return true;
    } catch (KeeperException.NoNodeException e) {
      return false;
    } catch (KeeperException e) {
      throw new Unavailable("cannot revoke token " + id + ": " + e.getMessage(), e);
    }
  }

  @Override
  public List<TokenRecord> list() {
    List<String> ids;
    try {
      ids = zk.call("list tokens", c -> c.getChildren().forPath(zk.paths().tokens()));
    } catch (KeeperException.NoNodeException e) {
      return List.of();
    } catch (KeeperException e) {
      throw new Unavailable("cannot list tokens: " + e.getMessage(), e);
    }
    List<TokenRecord> all = new ArrayList<>();
    for (String id : ids) {
      Stored stored = get(id);
      if (stored != null) {
        all.add(stored.token());
      }
    }
    return all;
  }

  private static Map<String, Object> tree(TokenRecord token) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("ns", token.namespace());
    tree.put("service", token.service());
    tree.put("hash", Base64.getEncoder().encodeToString(token.secretHash()));
    tree.put("expiry", token.expiryMillis());
    tree.put("uses", token.usesLeft());
    tree.put("loopbackOnly", token.loopbackOnly());
    tree.put("pin", token.pin());
    if (!token.addresses().isEmpty()) {
      tree.put("addresses", token.addresses());
    }
    return tree;
  }

  private static TokenRecord parse(String id, Map<String, Object> tree) {
    if (tree.get("ns") instanceof String namespace
        && tree.get("service") instanceof String service
        && tree.get("hash") instanceof String hash
        && tree.get("expiry") instanceof Long expiry
        && tree.get("uses") instanceof Long uses
        && tree.get("loopbackOnly") instanceof Boolean loopbackOnly) {
      return new TokenRecord(
          id,
          namespace,
          service,
          Base64.getDecoder().decode(hash),
          expiry,
          Math.toIntExact(uses),
          loopbackOnly,
          tree.get("pin") instanceof String pin ? pin : "",
          tree.get("addresses") instanceof List<?> addresses
              ? addresses.stream().map(String::valueOf).toList()
              : List.of());
    }
    throw new IllegalArgumentException("not a token");
  }
}
