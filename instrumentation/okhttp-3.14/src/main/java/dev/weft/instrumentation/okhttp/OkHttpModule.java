package dev.weft.instrumentation.okhttp;

import static dev.weft.tooling.MethodMatch.constructor;
import static dev.weft.tooling.MethodMatch.method;

import dev.weft.tooling.Tested;
import dev.weft.tooling.WeftModule;
import dev.weft.tooling.WovenType;
import io.opentelemetry.javaagent.extension.instrumentation.TypeTransformer;
import java.util.List;

/** Weaves OkHttp. Names that only some versions have are simply not met in the others. */
public final class OkHttpModule extends WeftModule {
  private static final String ADVICE = "dev.weft.instrumentation.okhttp.OkHttpAdvice$";
  private static final String CONNECTION = "okhttp3.internal.connection.";
  private static final String HTTP = "okhttp3.internal.http.";

  public OkHttpModule() {
    super("okhttp");
  }

  @Override
  public List<String> speaksFor() {
    return List.of("okhttp3.");
  }

  @Override
  public Tested tested() {
    return new Tested("okhttp", "3.14", "5.5");
  }

  @Override
  public List<WovenType> types() {
    return List.of(
        new Call(),
        new Canceling(),
        new Chain(),
        new FollowUps(),
        new Address(),
        new Found(),
        new Finder(),
        new Connection());
  }

  /** CALL: every way of sending ends in this one method. */
  private static final class Call extends WovenType {
    Call() {
      super("okhttp3.RealCall", CONNECTION + "RealCall");
    }

    @Override
    public void transform(TypeTransformer transformer) {
      transformer.applyAdviceToMethod(
          method("getResponseWithInterceptorChain", "getResponseWithInterceptorChain$okhttp")
              .taking(0),
          ADVICE + "Sending");
      transformer.applyAdviceToMethod(method("cancel").taking(0), ADVICE + "Canceled");
    }
  }

  /** What cancels a call before 4.4, its timeout too. */
  private static final class Canceling extends WovenType {
    Canceling() {
      super(CONNECTION + "Transmitter");
    }

    @Override
    public void transform(TypeTransformer transformer) {
      transformer.applyAdviceToMethod(method("cancel").taking(0), ADVICE + "CanceledBelow");
      transformer.applyAdviceToMethod(method("timeoutEarlyExit").taking(0), ADVICE + "EarlyExit");
    }
  }

  /** CALL: its interceptors, and ours among them. */
  private static final class Chain extends WovenType {
    Chain() {
      super(HTTP + "RealInterceptorChain");
    }

    @Override
    public void transform(TypeTransformer transformer) {
      transformer.applyAdviceToMethod(
          constructor().argument(0, List.class), ADVICE + "ChainBefore44");
      transformer.applyAdviceToMethod(constructor().argument(1, List.class), ADVICE + "NewChain");
    }
  }

  /** CALL: the library's own retries, and what it sends again because of a response. */
  private static final class FollowUps extends WovenType {
    FollowUps() {
      super(HTTP + "RetryAndFollowUpInterceptor");
    }

    @Override
    public void transform(TypeTransformer transformer) {
      transformer.applyAdviceToMethod(
          method("recover").argument(0, java.io.IOException.class), ADVICE + "Recovering");
      transformer.applyAdviceToMethod(
          method("followUpRequest").argument(0, "okhttp3.Response"), ADVICE + "FollowingUp");
    }
  }

  /** PICK and CONN: where to, with which TLS; the key of the pool. */
  private static final class Address extends WovenType {
    Address() {
      super("okhttp3.Address");
    }

    @Override
    public void transform(TypeTransformer transformer) {
      transformer.applyAdviceToMethod(constructor().taking(12), ADVICE + "NewAddress");
    }
  }

  /** A connection was found. */
  private static final class Found extends WovenType {
    Found() {
      super(CONNECTION + "Exchange");
    }

    @Override
    public void transform(TypeTransformer transformer) {
      transformer.applyAdviceToMethod(constructor(), ADVICE + "NewExchange");
    }
  }

  /** What looks for connections: the address that it has is not that of the URL. */
  private static final class Finder extends WovenType {
    Finder() {
      super(CONNECTION + "ExchangeFinder", CONNECTION + "RealRoutePlanner");
    }

    @Override
    public void transform(TypeTransformer transformer) {
      transformer.applyAdviceToMethod(
          method("sameHostAndPort").taking(1).argument(0, "okhttp3.HttpUrl"), ADVICE + "SameHost");
      transformer.applyAdviceToMethod(method("hasRouteToTry").taking(0), ADVICE + "RouteToTry");
    }
  }

  /** The same of connections before 4.4; and mesh TLS is nothing that an application sees. */
  private static final class Connection extends WovenType {
    Connection() {
      super(CONNECTION + "RealConnection");
    }

    @Override
    public void transform(TypeTransformer transformer) {
      transformer.applyAdviceToMethod(
          method("supportsUrl").taking(1).argument(0, "okhttp3.HttpUrl"), ADVICE + "SameHost");
      transformer.applyAdviceToMethod(method("handshake").taking(0), ADVICE + "Shown");
    }
  }
}
