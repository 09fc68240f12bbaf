package dev.weft.instrumentation.javahttpclient;

import dev.weft.instrumentation.javahttpclient.inside.CallAddress;
import dev.weft.instrumentation.javahttpclient.inside.Calls;
import dev.weft.instrumentation.javahttpclient.inside.DrivenFuture;
import dev.weft.instrumentation.javahttpclient.inside.Engines;
import dev.weft.instrumentation.javahttpclient.inside.Head;
import dev.weft.instrumentation.javahttpclient.inside.Inside;
import java.lang.invoke.MethodHandles;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSession;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.implementation.bytecode.assign.Assigner;
import org.jspecify.annotations.Nullable;

/**
 * Inlined into the client. Starts and ends scopes; what there is to decide is decided elsewhere.
 */
final class JavaHttpClientAdvice {
  private JavaHttpClientAdvice() {}

  /** {@code HttpClientImpl#sendAsync(HttpRequest, BodyHandler, PushPromiseHandler, Executor)}. */
  static final class Send {
    private Send() {}

    @Advice.OnMethodEnter(suppress = Throwable.class, skipOn = DrivenFuture.class)
    static @Nullable Object enter(
        @Advice.This Object client,
        @Advice.Argument(0) @Nullable HttpRequest request,
        @Advice.Argument(1) HttpResponse.@Nullable BodyHandler<?> handler,
        @Advice.Argument(2) HttpResponse.@Nullable PushPromiseHandler<?> push,
        @Advice.Argument(3) @Nullable Executor executor) {
      if (!Inside.hasClient()) {
        Inside.client(MethodHandles.lookup());
      }
      return Calls.begin(client, request, handler, push, executor);
    }

    @Advice.OnMethodExit(suppress = Throwable.class, onThrowable = Throwable.class)
    static void exit(
        @Advice.Enter @Nullable Object driven,
        @Advice.Return(readOnly = false) CompletableFuture<?> future,
        @Advice.Thrown(readOnly = false) @Nullable Throwable thrown) {
      if (driven != null) {
        future = (DrivenFuture<?>) driven;
        thrown = ((DrivenFuture<?>) driven).thrown();
      }
    }
  }

  /** {@code HttpRequestImpl(HttpRequest, ProxySelector)}: on the thread of {@link Send}. */
  static final class NewRequest {
    private NewRequest() {}

    @Advice.OnMethodExit(suppress = Throwable.class)
    static void exit(
        @Advice.Argument(0) HttpRequest request,
        @Advice.FieldValue(value = "authority", readOnly = false) InetSocketAddress authority,
        @Advice.FieldValue(value = "secure", readOnly = false) boolean secure,
        @Advice.FieldValue(value = "timeout", readOnly = false) @Nullable Duration timeout,
        @Advice.FieldValue(value = "proxy", readOnly = false) @Nullable Proxy proxy) {
      if (!Inside.hasRequest()) {
        Inside.request(MethodHandles.lookup());
      }
      CallAddress address = Calls.address(request);
      if (address != null) {
        authority = address;
        secure = address.tls();
        proxy = null;
        timeout = Calls.timeout(request, timeout);
      }
    }
  }

  /** The copying constructors: one may delegate to another, so this may run twice for one copy. */
  static final class CopiedRequest {
    private CopiedRequest() {}

    @Advice.OnMethodExit(suppress = Throwable.class)
    static void exit(
        @Advice.This Object copy,
        @Advice.Argument(0) URI uri,
        @Advice.Argument(value = 2, typing = Assigner.Typing.DYNAMIC) Object other,
        @Advice.FieldValue(value = "authority", readOnly = false) InetSocketAddress authority,
        @Advice.FieldValue(value = "secure", readOnly = false) boolean secure,
        @Advice.FieldValue(value = "proxy", readOnly = false) @Nullable Proxy proxy) {
      if (!(authority instanceof CallAddress)) {
        CallAddress address = Calls.copied(uri, (HttpRequest) other, (HttpRequest) copy);
        if (address != null) {
          authority = address;
          secure = address.tls();
          proxy = null;
        }
      }
    }
  }

  /** {@code HttpRequestImpl#getUserHeaders()}: what is written, not what is shown. */
  static final class Fields {
    private Fields() {}

    @Advice.OnMethodExit(suppress = Throwable.class)
    static void exit(
        @Advice.FieldValue("authority") @Nullable InetSocketAddress authority,
        @Advice.Return(readOnly = false) HttpHeaders fields) {
      fields = Head.fields(authority, fields);
    }
  }

  /** {@code MultiExchange(…)}: takes up where the call was before a redirect. */
  static final class NewExchange {
    private NewExchange() {}

    @Advice.OnMethodExit(suppress = Throwable.class)
    static void exit(
        @Advice.Argument(0) HttpRequest request,
        @Advice.FieldValue(value = "response", readOnly = false) HttpResponse<?> previous,
        @Advice.FieldValue(value = "numberOfRedirects", readOnly = false) int redirects) {
      HttpResponse<?> before = Calls.previous(request);
      if (before != null) {
        previous = before;
        redirects = Calls.redirects(request);
      }
    }
  }

  /** {@code MultiExchange#remainingConnectTimeout()}: for the connection, TLS included. */
  static final class ConnectTimeout {
    private ConnectTimeout() {}

    @Advice.OnMethodExit(suppress = Throwable.class)
    static void exit(
        @Advice.FieldValue(value = "currentreq", typing = Assigner.Typing.DYNAMIC) Object current,
        @Advice.Return(readOnly = false) Optional<Duration> left) {
      left = Calls.connectTimeout(current, left);
    }
  }

  /** {@code MultiExchange#responseFilters(Response)}: may ask for another request to be sent. */
  static final class Following {
    private Following() {}

    @Advice.OnMethodExit(suppress = Throwable.class)
    static void exit(
        @Advice.Argument(value = 0, typing = Assigner.Typing.DYNAMIC) Object response,
        @Advice.FieldValue(value = "currentreq", typing = Assigner.Typing.DYNAMIC) Object current,
        @Advice.FieldValue("numberOfRedirects") int redirects,
        @Advice.Return(readOnly = false, typing = Assigner.Typing.DYNAMIC) @Nullable Object next) {
      if (Calls.undriven(current)) {
        Calls.answered(current, response, MethodHandles.lookup());
      } else if (next != null) {
        next = Calls.following(current, next, redirects);
      }
    }
  }

  /** {@code MultiExchange#getExceptionalCF(Throwable)} of older JDKs: the client's own retry. */
  static final class Failed {
    private Failed() {}

    @Advice.OnMethodEnter(suppress = Throwable.class, skipOn = Advice.OnNonDefaultValue.class)
    static @Nullable CompletableFuture<?> enter(
        @Advice.Argument(0) Throwable error,
        @Advice.FieldValue(value = "currentreq", typing = Assigner.Typing.DYNAMIC) Object current,
        @Advice.FieldValue("cancelled") boolean cancelled) {
      return Calls.failed(current, cancelled, error, null, MethodHandles.lookup());
    }

    @Advice.OnMethodExit(suppress = Throwable.class)
    static void exit(
        @Advice.Enter @Nullable CompletableFuture<?> instead,
        @Advice.Return(readOnly = false) CompletableFuture<?> future) {
      if (instead != null) {
        future = instead;
      }
    }
  }

  /** The same of newer JDKs, where the exchange tells whether the peer has taken the request. */
  static final class FailedExchange {
    private FailedExchange() {}

    @Advice.OnMethodEnter(suppress = Throwable.class, skipOn = Advice.OnNonDefaultValue.class)
    static @Nullable CompletableFuture<?> enter(
        @Advice.Argument(0) Throwable error,
        @Advice.Argument(value = 1, typing = Assigner.Typing.DYNAMIC) @Nullable Object exchange,
        @Advice.FieldValue(value = "currentreq", typing = Assigner.Typing.DYNAMIC) Object current,
        @Advice.FieldValue("cancelled") boolean cancelled) {
      return Calls.failed(current, cancelled, error, exchange, MethodHandles.lookup());
    }

    @Advice.OnMethodExit(suppress = Throwable.class)
    static void exit(
        @Advice.Enter @Nullable CompletableFuture<?> instead,
        @Advice.Return(readOnly = false) CompletableFuture<?> future) {
      if (instead != null) {
        future = instead;
      }
    }
  }

  /** {@code HttpRequestImpl#getAddress()}. */
  static final class Address {
    private Address() {}

    @Advice.OnMethodEnter(suppress = Throwable.class, skipOn = Advice.OnNonDefaultValue.class)
    static @Nullable Object enter(
        @Advice.FieldValue("authority") @Nullable InetSocketAddress authority) {
      return authority instanceof CallAddress ? authority : null;
    }

    @Advice.OnMethodExit(suppress = Throwable.class)
    static void exit(
        @Advice.Enter @Nullable Object ours,
        @Advice.Return(readOnly = false) InetSocketAddress address) {
      if (ours != null) {
        address = (InetSocketAddress) ours;
      }
    }
  }

  /** {@code HttpConnection#getSSLConnection(InetSocketAddress, …)}. */
  static final class Connecting {
    private Connecting() {}

    @Advice.OnMethodEnter(suppress = Throwable.class)
    static void enter(@Advice.Argument(0) InetSocketAddress address) {
      Engines.connecting(address);
    }

    @Advice.OnMethodExit(suppress = Throwable.class, onThrowable = Throwable.class)
    static void exit() {
      Engines.connected();
    }
  }

  /**
   * {@code AbstractAsyncSSLConnection#createEngine(SSLContext, String, int, SSLParameters)}. If
   * this fails, the client makes an engine of its own, which no server of the mesh accepts: closed.
   */
  static final class CreateEngine {
    private CreateEngine() {}

    @Advice.OnMethodEnter(suppress = Throwable.class, skipOn = Advice.OnNonDefaultValue.class)
    static @Nullable SSLEngine enter(@Advice.Argument(3) SSLParameters parameters) {
      return Engines.create(parameters);
    }

    @Advice.OnMethodExit(suppress = Throwable.class)
    static void exit(
        @Advice.Enter @Nullable SSLEngine ours, @Advice.Return(readOnly = false) SSLEngine engine) {
      if (ours != null) {
        engine = ours;
      }
    }
  }

  /** {@code Http1Request#hostString()}. */
  static final class HostString {
    private HostString() {}

    @Advice.OnMethodExit(suppress = Throwable.class)
    static void exit(
        @Advice.FieldValue(value = "request", typing = Assigner.Typing.DYNAMIC) Object request,
        @Advice.Return(readOnly = false) String host) {
      host = Head.host(request, host);
    }
  }

  /** {@code Http1Request#requestURI()}. */
  static final class Target {
    private Target() {}

    @Advice.OnMethodExit(suppress = Throwable.class)
    static void exit(
        @Advice.FieldValue(value = "request", typing = Assigner.Typing.DYNAMIC) Object request,
        @Advice.Return(readOnly = false) String target) {
      target = Head.target(request, target);
    }
  }

  /** {@code Stream#createPseudoHeaders(HttpRequest)}, of HTTP/2. */
  static final class Pseudo {
    private Pseudo() {}

    @Advice.OnMethodExit(suppress = Throwable.class)
    static void exit(
        @Advice.Argument(0) HttpRequest request,
        @Advice.Return(readOnly = false) HttpHeaders headers) {
      headers = Head.pseudo(request, headers);
    }
  }

  /** {@code HttpResponseImpl(…)}. */
  static final class NewResponse {
    private NewResponse() {}

    @Advice.OnMethodExit(suppress = Throwable.class)
    static void exit(
        @Advice.FieldValue("initialRequest") HttpRequest request,
        @Advice.FieldValue("responseCode") int status,
        @Advice.FieldValue("uri") URI uri,
        @Advice.FieldValue(value = "headers", readOnly = false) HttpHeaders headers,
        @Advice.FieldValue(value = "sslSession", readOnly = false) Optional<SSLSession> session) {
      if ("http".equalsIgnoreCase(uri.getScheme())) {
        session = Optional.empty();
      }
      Calls.responded(request, status);
      headers = Calls.headers(request, headers);
    }
  }
}
