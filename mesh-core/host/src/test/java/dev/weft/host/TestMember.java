package dev.weft.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.bridge.Request;
import dev.weft.drive.Call;
import dev.weft.drive.Drive;
import dev.weft.runtime.Log;
import dev.weft.runtime.Member;
import dev.weft.runtime.Node;
import dev.weft.runtime.Settings;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.URI;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A member of a mesh that has no coordinator, and what an adapter asks it. */
final class TestMember {
  record Get(URI uri) implements Request {
    @Override
    public String method() {
      return "GET";
    }

    @Override
    public @Nullable String scheme() {
      return uri.getScheme();
    }

    @Override
    public @Nullable String host() {
      return uri.getHost();
    }

    @Override
    public int port() {
      return uri.getPort();
    }

    @Override
    public String path() {
      return "/";
    }

    @Override
    public @Nullable String query() {
      return null;
    }

    @Override
    public List<String> header(String name) {
      return List.of();
    }

    @Override
    public boolean replayable() {
      return true;
    }

    @Override
    public boolean ownConnection() {
      return true;
    }
  }

  private TestMember() {}

  static Member of(Properties properties) {
    properties.setProperty("weft.service", "web");
    properties.putIfAbsent("weft.startup.wait", "0s");
    Settings settings = Settings.read(properties, Map.of());
    Log log =
        new Log(
            Log.Level.OFF,
            new PrintStream(OutputStream.nullOutputStream()),
            InstantSource.system());
    Node node = Node.of(settings, "test", log);
    assertThat(node).isNotNull();
    return new Member(settings, node, log, List::of);
  }

  /** As an adapter that does not block asks; on this thread, as often as it takes. */
  static @Nullable Call call(Drive outbound, Request request) {
    BlockingQueue<Runnable> later = new LinkedBlockingQueue<>();
    List<@Nullable Call> told = new ArrayList<>();
    outbound.call(
        request,
        later::add,
        (call, error) -> {
          assertThat(error).isNull();
          told.add(call);
        });
    while (told.isEmpty()) {
      try {
        Runnable step = later.poll(30, TimeUnit.SECONDS);
        assertThat(step).as("what goes on").isNotNull();
        step.run();
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
    return told.get(0);
  }
}
