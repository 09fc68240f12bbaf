package dev.weft.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.bootstrap.Request;
import dev.weft.runtime.Log;
import dev.weft.runtime.Member;
import dev.weft.runtime.Node;
import dev.weft.runtime.Settings;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.URI;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Properties;
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
    properties.setProperty("weft.startup.wait", "0s");
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
}
