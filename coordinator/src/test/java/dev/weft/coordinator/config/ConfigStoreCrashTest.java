package dev.weft.coordinator.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.retry.RetryNTimes;
import org.apache.curator.test.TestingServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A coordinator that is killed in the middle of its commits, in a process of its own. */
@Timeout(180)
class ConfigStoreCrashTest {
  private static final int RESOURCES = 60;
  private static final int KILLS = 4;

  @Test
  void killedInTheMiddle_neverHalf() throws Exception {
    try (TestingServer zookeeper = new TestingServer();
        CuratorFramework client = connect(zookeeper.getConnectString());
        ConfigStore store = ConfigStore.start(client, "/config", InstantSource.system())) {
      for (int kill = 0; kill < KILLS; kill++) {
        long goal = store.snapshot().revision() + 2 + kill;
        CountDownLatch reached = new CountDownLatch(1);
        AutoCloseable registration =
            store.onChange(
                () -> {
                  if (store.snapshot().revision() >= goal) {
                    reached.countDown();
                  }
                });
        // It commits without pause, so that it is within the next commit when it is killed.
        Process writer = writer(zookeeper.getConnectString());
        try {
          assertThat(reached.await(60, TimeUnit.SECONDS)).isTrue();
        } finally {
          writer.destroyForcibly().waitFor();
          registration.close();
        }
        try (ConfigStore fresh = ConfigStore.start(client, "/config", InstantSource.system())) {
          assertThat(fresh.snapshot().resources()).hasSize(RESOURCES);
          assertThat(generations(fresh)).hasSize(1);
        }
      }
    }
  }

  private static Set<Object> generations(ConfigStore store) {
    Set<Object> generations = new HashSet<>();
    store
        .current()
        .resources()
        .forEach(resource -> generations.add(resource.metadata().labels().get("generation")));
    return generations;
  }

  private static Process writer(String connectString) throws Exception {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            Writer.class.getName(),
            connectString)
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  private static CuratorFramework connect(String connectString) {
    CuratorFramework client =
        CuratorFrameworkFactory.newClient(connectString, new RetryNTimes(10, 200));
    client.start();
    return client;
  }

  /** Commits all resources anew, over and over, until it is killed. */
  static final class Writer {
    public static void main(String[] args) throws Exception {
      ConfigStore store = ConfigStore.start(connect(args[0]), "/config", InstantSource.system());
      while (true) {
        Map<String, String> label = Map.of("generation", "g" + store.snapshot().revision());
        List<Change> changes = new ArrayList<>();
        for (int i = 0; i < RESOURCES; i++) {
          changes.add(TestPolicies.put(TestPolicies.policy("default", "p" + i, "STRICT", label)));
        }
        store.commit("writer", changes, false);
      }
    }
  }
}
