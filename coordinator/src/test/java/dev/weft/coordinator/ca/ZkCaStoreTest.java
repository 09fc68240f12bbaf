package dev.weft.coordinator.ca;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.ca.CaException;
import dev.weft.ca.CaState;
import dev.weft.ca.CaStore;
import dev.weft.ca.TokenRecord;
import dev.weft.coordinator.zk.MeshPaths;
import dev.weft.coordinator.zk.Zk;
import dev.weft.coordinator.zk.ZkServers;
import dev.weft.wire.Json;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.curator.test.TestingServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is written is read, also what versions before this one have written. */
class ZkCaStoreTest {
  private TestingServer zookeeper;
  private Zk zk;

  @BeforeEach
  void start() throws Exception {
    zookeeper = new TestingServer();
    zk = Zk.open(ZkServers.of(zookeeper.getConnectString()), new MeshPaths("test"), "secret");
  }

  @AfterEach
  void stop() throws Exception {
    zk.close();
    zookeeper.close();
  }

  private void written(String path, String json) throws Exception {
    zk.call(
        "write",
        c ->
            c.create()
                .creatingParentsIfNeeded()
                .forPath(path, json.getBytes(StandardCharsets.UTF_8)));
  }

  @Test
  void stateInTheMiddleOfARotation() {
    CaState.Authority old = new CaState.Authority("r1", "r1", new byte[] {1}, new byte[0]);
    CaState.Authority next = new CaState.Authority("r2", "r2", new byte[] {2}, new byte[] {3});
    CaState.Authority signer = new CaState.Authority("i2", "r2", new byte[] {4}, new byte[] {5});
    CaState state =
        new CaState(
            CaState.Phase.SIGNING,
            1234,
            5678,
            List.of(old, next),
            List.of(signer),
            "i2",
            List.of(new CaState.Former("r1", new byte[] {1}, new byte[] {6, 7})));
    ZkCaStore store = new ZkCaStore(zk);
    assertThat(store.save(state, CaStore.ABSENT)).isTrue();
    assertThat(store.save(state, CaStore.ABSENT)).as("there is one").isFalse();

    CaStore.Stored read = store.load();
    assertThat(read.version()).isZero();
    assertThat(read.state()).usingRecursiveComparison().isEqualTo(state);
    assertThat(store.save(state, 1)).as("another version").isFalse();
    assertThat(store.save(state, 0)).isTrue();
  }

  @Test
  void stateOfAVersionThatCouldNotRotate() throws Exception {
    written(
        zk.paths().caState(),
        """
        {"format":1,"phase":"STABLE",
         "roots":[{"id":"r1","issuer":"r1","certificate":"AQ==","sealedKey":"Ag=="}],
         "intermediates":[{"id":"i1","issuer":"r1","certificate":"Aw==","sealedKey":"BA=="}],
         "signer":"i1"}
        """);
    CaState state = new ZkCaStore(zk).load().state();
    assertThat(state.phase()).isEqualTo(CaState.Phase.STABLE);
    assertThat(state.sinceMillis()).isZero();
    assertThat(state.longestLeafMillis()).isZero();
    assertThat(state.former()).isEmpty();
    assertThat(state.roots().get(0).sealedKey()).containsExactly(2);
    assertThat(state.signer()).isEqualTo("i1");
  }

  @Test
  void whatIsNoStateIsSaid() throws Exception {
    written(zk.paths().caState(), "{\"format\":2}");
    assertThatThrownBy(() -> new ZkCaStore(zk).load())
        .isInstanceOf(CaException.class)
        .hasMessageContaining("format 2 (expected: 1)");
  }

  @Test
  void tokensWithAndWithoutAPin() throws Exception {
    ZkTokenStore store = new ZkTokenStore(zk);
    store.create(
        new TokenRecord("a", "default", "orders", new byte[] {1}, 5, -1, false, "pin", List.of()));
    assertThat(store.get("a").token().pin()).isEqualTo("pin");
    written(
        zk.paths().token("b"),
        "{\"ns\":\"\",\"service\":\"\",\"hash\":\"AQ==\",\"expiry\":5,\"uses\":-1,"
            + "\"loopbackOnly\":true}");
    assertThat(store.get("b").token().pin()).isEmpty();
    assertThat(Json.parseObject(zk.call("read", c -> c.getData().forPath(zk.paths().token("a")))))
        .containsEntry("pin", "pin");
  }
}
