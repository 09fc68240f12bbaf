package dev.weft.instrumentation.javahttpclient;

import java.lang.invoke.MethodHandles;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
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

    @Advice.OnMethodEnter(suppress = Throwable.class, skipOn = RefusedResponse.class)
    static @Nullable Object enter(
        @Advice.Argument(0) HttpRequest request,
        @Advice.Argument(value = 1, readOnly = false) HttpResponse.BodyHandler<?> handler) {
      Object call = Call.begin(request, handler);
      if (call instanceof Call) {
        handler = ((Call) call).observe(handler);
      }
      return call;
    }

    @Advice.OnMethodExit(suppress = Throwable.class, onThrowable = Throwable.class)
    static void exit(
        @Advice.Enter @Nullable Object call,
        @Advice.Return(readOnly = false, typing = Assigner.Typing.DYNAMIC)
            CompletableFuture<?> future,
        @Advice.Thrown @Nullable Throwable thrown) {
      if (call instanceof RefusedResponse) {
        future = ((RefusedResponse<?>) call).future();
      } else if (call instanceof Call) {
        future = ((Call) call).sent(future, thrown);
      }
    }
  }

  /** {@code HttpRequestImpl(HttpRequest, ProxySelector)}: on the thread of {@link Send}. */
  static final class NewRequest {
    private NewRequest() {}

    @Advice.OnMethodExit(suppress = Throwable.class)
    static void exit(
        @Advice.FieldValue(value = "authority", readOnly = false) InetSocketAddress authority,
        @Advice.FieldValue(value = "secure", readOnly = false) boolean secure,
        @Advice.FieldValue(value = "proxy", readOnly = false) @Nullable Proxy proxy) {
      CallAddress address = Call.currentAddress();
      if (address != null) {
        authority = address;
        secure = address.tls();
        proxy = null;
      }
    }
  }

  /** The copying constructors: one may delegate to another, so this may run twice for one copy. */
  static final class CopiedRequest {
    private CopiedRequest() {}

    @Advice.OnMethodExit(suppress = Throwable.class)
    static void exit(
        @Advice.Argument(0) URI uri,
        @Advice.Argument(value = 2, typing = Assigner.Typing.DYNAMIC) Object other,
        @Advice.FieldValue(value = "authority", readOnly = false) InetSocketAddress authority,
        @Advice.FieldValue(value = "secure", readOnly = false) boolean secure,
        @Advice.FieldValue(value = "proxy", readOnly = false) @Nullable Proxy proxy) {
      if (!(authority instanceof CallAddress)) {
        CallAddress address = Call.copied(uri, other, MethodHandles.lookup());
        if (address != null) {
          authority = address;
          secure = address.tls();
          proxy = null;
        }
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
      host = HostHeader.of((HttpRequest) request, host);
    }
  }

  /** {@code HttpResponseImpl(…)}. */
  static final class NewResponse {
    private NewResponse() {}

    @Advice.OnMethodExit(suppress = Throwable.class)
    static void exit(
        @Advice.FieldValue("uri") URI uri,
        @Advice.FieldValue(value = "sslSession", readOnly = false) Optional<SSLSession> session) {
      if ("http".equalsIgnoreCase(uri.getScheme())) {
        session = Optional.empty();
      }
    }
  }
}
