package dev.weft.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.coordinator.mesh.SettableConfig;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real agent whose certificate is revoked, and that has its token. */
class RevokedAgentTest {
  @TempDir Path dir;

  @Test
  void itIsSomebodyAgain_bySerialAndByService() throws Exception {
    try (Coordinator coordinator =
        Coordinator.start(
            Options.of(dir.resolve("data"), dir.resolve("home")).withMesh("127.0.0.1", 0, null))) {
      coordinator.setConfig(new SettableConfig());
      String token = Files.readString(dir.resolve("home/join-token")).strip();
      String address = "127.0.0.1:" + coordinator.meshAddress().getPort();
      try (RealAgent orders = new RealAgent("orders", token, address);
          RealAgent shop = new RealAgent("shop", token, address)) {
        await(orders, () -> orders.connected() && shop.connected());
        BigInteger first = serial(orders);
        BigInteger shops = serial(shop);

        coordinator.revocations().revoke(first.toString(16));
        await(orders, () -> !serial(orders).equals(first) && orders.connected());
        BigInteger second = serial(orders);
        coordinator.revocations().revoke("default", "orders");
        await(orders, () -> !serial(orders).equals(second) && orders.connected());

        assertThat(orders.tls.ready()).as(orders.tls.unready()).isTrue();
        await(shop, () -> shop.tls.bundle().toString().contains("2 revocations"));
        assertThat(serial(shop)).as("another's").isEqualTo(shops);
      }
    }
  }

  private static BigInteger serial(RealAgent agent) {
    return agent.tls.identity().certificate().getSerialNumber();
  }

  private static void await(RealAgent agent, BooleanSupplier condition) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as(agent.said()).isLessThan(end);
      LockSupport.parkNanos(10_000_000);
    }
  }
}
