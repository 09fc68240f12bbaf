package dev.weft.drive;

import dev.weft.bridge.Incoming;
import dev.weft.bridge.Reserved;
import java.net.InetAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A request as it is decided about: without what anybody could have written in the mesh's name. */
record Shown(Incoming sent) implements Incoming {
  @Override
  public String method() {
    return sent.method();
  }

  @Override
  public String target() {
    return sent.target();
  }

  @Override
  public @Nullable String query() {
    return sent.query();
  }

  @Override
  public @Nullable String authority() {
    return sent.authority();
  }

  @Override
  public List<String> header(String name) {
    return Reserved.is(name) ? List.of() : sent.header(name);
  }

  @Override
  public @Nullable InetAddress source() {
    return sent.source();
  }
}
