package dev.weft.instrumentation.okhttp.inside;

import dev.weft.bridge.MeshAddress;
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

  @Override
  public List<InetAddress> lookup(String hostname) {
    return List.of(endpoint.getAddress());
  }

  /** Whether two addresses are the same endpoint of the same service, with the same TLS. */
  static boolean same(MeshAddress one, MeshAddress other) {
    return one == other
        || (one.tls() == other.tls()
            && one.getPort() == other.getPort()
            && one.getHostString().equals(other.getHostString()));
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof AttemptDns && same(endpoint, ((AttemptDns) other).endpoint);
  }

  @Override
  public int hashCode() {
    return endpoint.getHostString().hashCode();
  }

  @Override
  public String toString() {
    return endpoint.toString();
  }
}
