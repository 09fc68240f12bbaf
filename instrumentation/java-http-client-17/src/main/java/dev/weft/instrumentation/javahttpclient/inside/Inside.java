package dev.weft.instrumentation.javahttpclient.inside;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.net.InetSocketAddress;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * The few members of the client that are neither public nor reached by advice. Each handle is made
 * from the first lookup that advice hands over.
 */
public final class Inside {
  private static volatile @Nullable MethodHandle sendAsync;
  private static volatile @Nullable MethodHandle facade;
  private static volatile @Nullable MethodHandle authority;
  private static volatile @Nullable MethodHandle unprocessed;
  private static volatile @Nullable MethodHandle status;

  private Inside() {}

  /** Whether {@link #client} has been called; it need not be again. */
  public static boolean hasClient() {
    return sendAsync != null;
  }

  /** A lookup of {@code HttpClientImpl}. */
  public static void client(MethodHandles.Lookup inside) {
    try {
      MethodHandle send =
          inside.findVirtual(
              inside.lookupClass(),
              "sendAsync",
              MethodType.methodType(
                  CompletableFuture.class,
                  HttpRequest.class,
                  HttpResponse.BodyHandler.class,
                  HttpResponse.PushPromiseHandler.class,
                  Executor.class));
      facade =
          inside.findVirtual(
              inside.lookupClass(),
              "facade",
              MethodType.methodType(inside.findClass("jdk.internal.net.http.HttpClientFacade")));
      sendAsync = send;
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("HttpClientImpl.sendAsync or facade", e);
    }
  }

  /** Whether {@link #request} has been called; it need not be again. */
  public static boolean hasRequest() {
    return authority != null;
  }

  /** A lookup of {@code HttpRequestImpl}. */
  public static void request(MethodHandles.Lookup inside) {
    try {
      authority = inside.findGetter(inside.lookupClass(), "authority", InetSocketAddress.class);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("HttpRequestImpl.authority", e);
    }
  }

  /** {@code HttpClientImpl#sendAsync(HttpRequest, BodyHandler, PushPromiseHandler, Executor)}. */
  @SuppressWarnings("unchecked")
  static <T> CompletableFuture<HttpResponse<T>> send(
      Object client,
      HttpRequest request,
      HttpResponse.BodyHandler<T> handler,
      HttpResponse.@Nullable PushPromiseHandler<T> push,
      @Nullable Executor executor)
      throws Throwable {
    MethodHandle send = sendAsync;
    if (send == null) {
      throw new IllegalStateException("HttpClientImpl is not woven");
    }
    return (CompletableFuture<HttpResponse<T>>)
        send.invoke(client, request, handler, push, executor);
  }

  /** What the application holds of a client; null if it has let go of it. */
  static @Nullable Object facade(Object client) {
    MethodHandle get = facade;
    try {
      return get == null ? null : get.invoke(client);
    } catch (Throwable t) {
      throw new IllegalStateException("HttpClientImpl.facade", t);
    }
  }

  /** {@code HttpRequestImpl.authority}; null for any other kind of request. */
  static @Nullable InetSocketAddress authority(Object request) {
    MethodHandle read = authority;
    if (read == null) {
      return null;
    }
    try {
      return (InetSocketAddress) read.invoke(request);
    } catch (ClassCastException e) {
      return null;
    } catch (Throwable t) {
      throw new IllegalStateException("HttpRequestImpl.authority", t);
    }
  }

  /**
   * {@code ExchangeImpl#isUnprocessedByPeer()}, of newer JDKs.
   *
   * @param neighbour a lookup of a class in the same package
   */
  static boolean unprocessed(@Nullable Object exchange, MethodHandles.Lookup neighbour) {
    if (exchange == null) {
      return false;
    }
    try {
      MethodHandle ask = unprocessed;
      if (ask == null) {
        ask =
            neighbour.findVirtual(
                neighbour.findClass("jdk.internal.net.http.ExchangeImpl"),
                "isUnprocessedByPeer",
                MethodType.methodType(boolean.class));
        unprocessed = ask;
      }
      return (boolean) ask.invoke(exchange);
    } catch (Throwable t) {
      throw new IllegalStateException("ExchangeImpl.isUnprocessedByPeer", t);
    }
  }

  /**
   * {@code Response#statusCode()}.
   *
   * @param neighbour a lookup of a class in the same package
   */
  static int status(Object response, MethodHandles.Lookup neighbour) {
    try {
      MethodHandle ask = status;
      if (ask == null) {
        ask =
            neighbour.findVirtual(
                neighbour.findClass("jdk.internal.net.http.Response"),
                "statusCode",
                MethodType.methodType(int.class));
        status = ask;
      }
      return (int) ask.invoke(response);
    } catch (Throwable t) {
      throw new IllegalStateException("Response.statusCode", t);
    }
  }
}
