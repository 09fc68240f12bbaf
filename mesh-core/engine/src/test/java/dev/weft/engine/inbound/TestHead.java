package dev.weft.engine.inbound;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A request that came in. */
final class TestHead implements InboundHead {
  private final String method;
  private final String target;
  private final Map<String, List<String>> headers = new LinkedHashMap<>();
  private @Nullable String authority;
  private int hops;
  private byte @Nullable [] source;

  TestHead(String method, String target) {
    this.method = method;
    this.target = target;
  }

  static TestHead get(String target) {
    return new TestHead("GET", target);
  }

  TestHead header(String name, String value) {
    headers.computeIfAbsent(name, any -> new ArrayList<>()).add(value);
    return this;
  }

  TestHead authority(String pseudo) {
    authority = pseudo;
    return this;
  }

  TestHead hops(int count) {
    hops = count;
    return this;
  }

  TestHead from(int... octets) {
    source = new byte[octets.length];
    for (int i = 0; i < octets.length; i++) {
      source[i] = (byte) octets[i];
    }
    return this;
  }

  InboundRequest by(@Nullable Peer peer) {
    return new InboundRequest(this, peer);
  }

  @Override
  public String method() {
    return method;
  }

  @Override
  public String target() {
    return target;
  }

  @Override
  public @Nullable String query() {
    return null;
  }

  @Override
  public @Nullable String authority() {
    return authority;
  }

  @Override
  public List<String> header(String name) {
    return headers.getOrDefault(name, List.of());
  }

  @Override
  public int hops() {
    return hops;
  }

  @Override
  public byte @Nullable [] source() {
    return source;
  }
}
