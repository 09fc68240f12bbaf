package dev.weft.host;

import dev.weft.bridge.Incoming;
import dev.weft.engine.inbound.InboundHead;
import java.net.InetAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A request as an adapter shows it, as the engine wants to see it. */
record IncomingHead(Incoming incoming, int hops) implements InboundHead {
  @Override
  public String method() {
    return incoming.method();
  }

  @Override
  public String target() {
    return incoming.target();
  }

  @Override
  public @Nullable String query() {
    return incoming.query();
  }

  @Override
  public @Nullable String authority() {
    return incoming.authority();
  }

  @Override
  public List<String> header(String name) {
    return incoming.header(name);
  }

  @Override
  public byte @Nullable [] source() {
    InetAddress source = incoming.source();
    return source == null ? null : source.getAddress();
  }
}
