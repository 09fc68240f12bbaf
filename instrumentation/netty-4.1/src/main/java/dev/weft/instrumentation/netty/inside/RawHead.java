package dev.weft.instrumentation.netty.inside;

import dev.weft.bridge.Incoming;
import java.net.InetAddress;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a connection that speaks no HTTP shows to those who decide: where it comes from. It is
 * admitted as one request that has neither method nor path. Immutable.
 */
final class RawHead implements Incoming {
  private final @Nullable InetAddress source;

  RawHead(@Nullable InetAddress source) {
    this.source = source;
  }

  @Override
  public String method() {
    return "";
  }

  @Override
  public String target() {
    return "";
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
    return Collections.emptyList();
  }

  @Override
  public @Nullable InetAddress source() {
    return source;
  }
}
