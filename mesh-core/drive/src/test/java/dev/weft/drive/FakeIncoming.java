package dev.weft.drive;

import dev.weft.bridge.Incoming;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A request that came in, of which the fields matter. */
final class FakeIncoming implements Incoming {
  private final Map<String, List<String>> fields = new HashMap<>();

  FakeIncoming with(String name, String... values) {
    fields.put(name, List.of(values));
    return this;
  }

  @Override
  public String method() {
    return "GET";
  }

  @Override
  public String target() {
    return "/";
  }

  @Override
  public @Nullable String query() {
    return null;
  }

  @Override
  public @Nullable String authority() {
    return null;
  }

  @Override
  public List<String> header(String name) {
    return fields.getOrDefault(name, List.of());
  }

  @Override
  public @Nullable InetAddress source() {
    return null;
  }
}
