package dev.weft.instrumentation.javahttpclient;

import dev.weft.bootstrap.MeshAddress;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** The address that a request object carries: the endpoint's, and which call it belongs to. */
public final class CallAddress extends InetSocketAddress {
  private static final long serialVersionUID = 1L;

  /** Reads {@code HttpRequestImpl.authority}; made from the first lookup that advice hands over. */
  private static volatile @Nullable MethodHandle authority;

  private final transient Call call;
  private final transient MeshAddress endpoint;

  CallAddress(Call call, MeshAddress endpoint) {
    super(endpoint.getAddress(), endpoint.getPort());
    this.call = call;
    this.endpoint = endpoint;
  }

  /**
   * The address that another request object carries.
   *
   * @param inside a lookup with the access rights of the request's own class
   * @return null if it carries none of ours
   */
  static @Nullable CallAddress of(Object request, MethodHandles.Lookup inside) {
    try {
      MethodHandle read = authority;
      if (read == null) {
        read = inside.findGetter(inside.lookupClass(), "authority", InetSocketAddress.class);
        authority = read;
      }
      Object address = read.invoke(request);
      return address instanceof CallAddress ? (CallAddress) address : null;
    } catch (Throwable t) {
      throw new IllegalStateException("HttpRequestImpl.authority", t);
    }
  }

  Call call() {
    return call;
  }

  MeshAddress endpoint() {
    return endpoint;
  }

  public boolean tls() {
    return endpoint.tls();
  }
}
