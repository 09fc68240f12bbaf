package dev.weft.instrumentation.apachehttpclient4;

import static dev.weft.tooling.MethodMatch.constructor;
import static dev.weft.tooling.MethodMatch.method;

import dev.weft.tooling.Tested;
import dev.weft.tooling.WeftModule;
import dev.weft.tooling.WovenType;
import io.opentelemetry.javaagent.extension.instrumentation.TypeTransformer;
import java.util.List;

/** Weaves Apache HttpAsyncClient 4. */
public final class ApacheHttpAsyncClient4Module extends WeftModule {
  private static final String HERE = "dev.weft.instrumentation.apachehttpclient4.";
  private static final String ADVICE = HERE + "ApacheHttpAsyncClient4Advice";
  private static final String CLIENT = "org.apache.http.impl.nio.";

  /** Made by the service loader. */
  public ApacheHttpAsyncClient4Module() {
    super("apache-httpasyncclient");
  }

  /** The reactor is the core's, which other clients of it use as well. */
  @Override
  public List<String> speaksFor() {
    return List.of("org.apache.http.impl.nio.reactor.");
  }

  @Override
  public Tested tested() {
    return new Tested("httpasyncclient", "4.1", "4.1");
  }

  @Override
  public List<WovenType> types() {
    return List.of(new Handler(), new AnyHandler(), new Resolver());
  }

  /** What sends a request and what follows from it; one that pipelines is another. */
  private static final class Handler extends WovenType {
    Handler() {
      super(
          CLIENT + "client.DefaultClientExchangeHandlerImpl",
          CLIENT + "client.MinimalClientExchangeHandlerImpl");
    }

    @Override
    public void transform(TypeTransformer transformer) {
      transformer.applyAdviceToMethod(
          constructor().taking(9).argument(6, "org.apache.http.ConnectionReuseStrategy"),
          ADVICE + "$NewHandler");
      transformer.applyAdviceToMethod(
          constructor().taking(9).argument(7, "org.apache.http.ConnectionReuseStrategy"),
          ADVICE + "$NewMinimalHandler");
    }
  }

  /** What they have in common. */
  private static final class AnyHandler extends WovenType {
    AnyHandler() {
      super(CLIENT + "client.AbstractClientExchangeHandler");
    }

    @Override
    public void transform(TypeTransformer transformer) {
      transformer.applyAdviceToMethod(method("cancel").taking(0), ADVICE + "$Cancel");
    }
  }

  /** What tells where to connect. */
  private static final class Resolver extends WovenType {
    Resolver() {
      super(CLIENT + "conn.PoolingNHttpClientConnectionManager$InternalAddressResolver");
    }

    @Override
    public void transform(TypeTransformer transformer) {
      transformer.applyAdviceToMethod(
          method("resolveRemoteAddress").argument(0, "org.apache.http.conn.routing.HttpRoute"),
          ADVICE + "$Resolve");
    }
  }
}
