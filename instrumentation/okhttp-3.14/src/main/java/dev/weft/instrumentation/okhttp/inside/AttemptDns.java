package dev.weft.instrumentation.okhttp.inside;

import dev.weft.bootstrap.MeshAddress;
import java.net.InetAddress;
import java.util.List;
import okhttp3.Dns;
import org.jspecify.annotations.Nullable;

/** Knows one host. Being equal to no other endpoint's, it keeps their connections apart. */
final class AttemptDns implements Dns {
  private final MeshAddress endpoint;

  AttemptDns(MeshAddress endpoint) {
    this.endpoint = endpoint;
  }

  MeshAddress endpoint() {
    return endpoint;
  }

  @Override
  public List<InetAddress> lookup(String hostname) {
    return List.of(endpoint.getAddress());
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof AttemptDns && ((AttemptDns) other).endpoint == endpoint;
  }

  @Override
  public int hashCode() {
    return System.identityHashCode(endpoint);
  }

  @Override
  public String toString() {
    return endpoint.toString();
  }
}
