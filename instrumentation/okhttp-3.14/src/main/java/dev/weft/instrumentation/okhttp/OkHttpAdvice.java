package dev.weft.instrumentation.okhttp;

import dev.weft.instrumentation.okhttp.inside.Attempt;
import dev.weft.instrumentation.okhttp.inside.CallScope;
import java.net.Proxy;
import java.util.List;
import javax.net.SocketFactory;
import javax.net.ssl.HostnameVerifier;
import javax.net.ssl.SSLSocketFactory;
import net.bytebuddy.asm.Advice;
import okhttp3.Address;
import okhttp3.Call;
import okhttp3.CertificatePinner;
import okhttp3.ConnectionSpec;
import okhttp3.Dns;
import okhttp3.Handshake;
import okhttp3.HttpUrl;
import okhttp3.Interceptor;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Response;
import okhttp3.Route;
import org.jspecify.annotations.Nullable;

/** Inlined into the library. Starts and ends scopes; what there is to do is done inside. */
final class OkHttpAdvice {
  private OkHttpAdvice() {}

  /** {@code RealCall#getResponseWithInterceptorChain()}: on the thread that does it all. */
  static final class Sending {
    private Sending() {}

    @Advice.OnMethodEnter(suppress = Throwable.class)
    static CallScope enter(
        @Advice.This Object call, @Advice.FieldValue("client") OkHttpClient client) {
      return CallScope.enter((Call) call, client);
    }

    @Advice.OnMethodExit(suppress = Throwable.class, onThrowable = Throwable.class)
    static void exit(@Advice.Enter @Nullable CallScope scope) {
      if (scope != null) {
        scope.leave();
      }
    }
  }

  /** {@code RealCall#cancel()}, from any thread. */
  static final class Canceled {
    private Canceled() {}

    @Advice.OnMethodExit(suppress = Throwable.class)
    static void exit(@Advice.This Object call) {
      CallScope.canceled(call);
    }
  }

  /** {@code Transmitter#cancel()}, from any thread. */
  static final class CanceledBelow {
    private CanceledBelow() {}

    @Advice.OnMethodExit(suppress = Throwable.class)
    static void exit(@Advice.FieldValue("call") Call call) {
      CallScope.canceled(call);
    }
  }

  /** {@code Transmitter#timeoutEarlyExit()}: once a call, for the response that is delivered. */
  static final class EarlyExit {
    private EarlyExit() {}

    @Advice.OnMethodEnter(suppress = Throwable.class, skipOn = CallScope.class)
    static @Nullable Object enter() {
      return CallScope.attempts();
    }
  }

  /** {@code RealInterceptorChain(RealCall, List, …)}. */
  static final class NewChain {
    private NewChain() {}

    @Advice.OnMethodEnter(suppress = Throwable.class)
    static void enter(
        @Advice.Argument(value = 1, readOnly = false) List<Interceptor> interceptors) {
      interceptors = CallScope.chain(interceptors);
    }
  }

  /** {@code RealInterceptorChain(List, …)}. */
  static final class ChainBefore44 {
    private ChainBefore44() {}

    @Advice.OnMethodEnter(suppress = Throwable.class)
    static void enter(
        @Advice.Argument(value = 0, readOnly = false) List<Interceptor> interceptors) {
      interceptors = CallScope.chain(interceptors);
    }
  }

  /** {@code RetryAndFollowUpInterceptor#recover(IOException, …)}: false if the mesh decides. */
  static final class Recovering {
    private Recovering() {}

    @Advice.OnMethodEnter(suppress = Throwable.class, skipOn = CallScope.class)
    static @Nullable Object enter() {
      return CallScope.recovers();
    }
  }

  /** {@code RetryAndFollowUpInterceptor#followUpRequest(Response, …)}: null if the mesh decides. */
  static final class FollowingUp {
    private FollowingUp() {}

    @Advice.OnMethodEnter(suppress = Throwable.class, skipOn = CallScope.class)
    static @Nullable Object enter(@Advice.Argument(0) Response response) {
      return CallScope.followsUp(response);
    }
  }

  /** {@code Address(…)}. */
  static final class NewAddress {
    private NewAddress() {}

    @Advice.OnMethodEnter(suppress = Throwable.class)
    static void enter(
        @Advice.Argument(value = 0, readOnly = false) String host,
        @Advice.Argument(value = 1, readOnly = false) int port,
        @Advice.Argument(value = 2, readOnly = false) Dns dns,
        @Advice.Argument(value = 3, readOnly = false) SocketFactory sockets,
        @Advice.Argument(value = 4, readOnly = false) SSLSocketFactory tls,
        @Advice.Argument(value = 5, readOnly = false) HostnameVerifier verifier,
        @Advice.Argument(value = 6, readOnly = false) CertificatePinner pinner,
        @Advice.Argument(value = 8, readOnly = false) Proxy proxy,
        @Advice.Argument(value = 9, readOnly = false) List<Protocol> protocols,
        @Advice.Argument(value = 10, readOnly = false) List<ConnectionSpec> specs) {
      Attempt attempt = CallScope.addressing();
      if (attempt != null) {
        tls = attempt.tls(); // first: if that fails, nothing of this address is the endpoint's
        host = attempt.host();
        port = attempt.port();
        dns = attempt.dns();
        sockets = attempt.sockets(sockets);
        verifier = attempt.verifier();
        pinner = attempt.pinner();
        proxy = Proxy.NO_PROXY;
        protocols = attempt.protocols(protocols);
        specs = attempt.specs(specs);
      }
    }
  }

  /** {@code Exchange(…)}. */
  static final class NewExchange {
    private NewExchange() {}

    @Advice.OnMethodExit(suppress = Throwable.class)
    static void exit(@Advice.This Object exchange) {
      CallScope.found(exchange);
    }
  }

  /** {@code ExchangeFinder#sameHostAndPort(HttpUrl)} and its kin. */
  static final class SameHost {
    private SameHost() {}

    @Advice.OnMethodExit(suppress = Throwable.class)
    static void exit(
        @Advice.Argument(0) HttpUrl url, @Advice.Return(readOnly = false) boolean same) {
      if (!same) {
        same = CallScope.standsFor(url);
      }
    }
  }

  /** {@code ExchangeFinder#hasRouteToTry()}: whether the next request may use what it has found. */
  static final class RouteToTry {
    private RouteToTry() {}

    @Advice.OnMethodExit(suppress = Throwable.class)
    static void exit(
        @Advice.FieldValue("address") Address address,
        @Advice.Return(readOnly = false) boolean has) {
      if (has) {
        has = CallScope.keeps(address);
      }
    }
  }

  /** {@code RealConnection#handshake()}. */
  static final class Shown {
    private Shown() {}

    @Advice.OnMethodExit(suppress = Throwable.class)
    static void exit(
        @Advice.FieldValue("route") Route route,
        @Advice.Return(readOnly = false) @Nullable Handshake handshake) {
      if (handshake != null && Attempt.isMesh(route.address())) {
        handshake = null;
      }
    }
  }
}
