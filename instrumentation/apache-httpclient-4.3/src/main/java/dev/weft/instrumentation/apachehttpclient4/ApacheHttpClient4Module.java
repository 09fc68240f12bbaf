package dev.weft.instrumentation.apachehttpclient4;

import static dev.weft.tooling.MethodMatch.method;

import dev.weft.tooling.Tested;
import dev.weft.tooling.WeftModule;
import dev.weft.tooling.WovenType;
import io.opentelemetry.javaagent.extension.instrumentation.TypeTransformer;
import java.util.List;

/** Weaves Apache HttpClient 4. */
public final class ApacheHttpClient4Module extends WeftModule {
  private static final String HERE = "dev.weft.instrumentation.apachehttpclient4.";
  private static final String ADVICE = HERE + "ApacheHttpClient4Advice";
  private static final String CLIENT = "org.apache.http.impl.";

  /** Made by the service loader. */
  public ApacheHttpClient4Module() {
    super("apache-httpclient4");
  }

  @Override
  public List<String> speaksFor() {
    return List.of("org.apache.http.conn.", "org.apache.http.impl.conn.");
  }

  @Override
  public Tested tested() {
    return new Tested("httpclient", "4.3", "4.5");
  }

  @Override
  public List<WovenType> types() {
    return List.of(
        new Builder(), new CachingBuilder(), new Executor(), new Operator(), new Connection());
  }

  /** Where clients are put together. */
  private static final class Builder extends WovenType {
    Builder() {
      super(CLIENT + "client.HttpClientBuilder");
    }

    @Override
    public void transform(TypeTransformer transformer) {
      transformer.applyAdviceToMethod(method("build").taking(0), ADVICE + "$Build");
      transformer.applyAdviceToMethod(method("decorateMainExec").taking(1), ADVICE + "$Main");
    }
  }

  /** The one that caches puts its cache round what it is given. */
  private static final class CachingBuilder extends WovenType {
    CachingBuilder() {
      super(CLIENT + "client.cache.CachingHttpClientBuilder");
    }

    @Override
    public void transform(TypeTransformer transformer) {
      transformer.applyAdviceToMethod(method("decorateMainExec").taking(1), ADVICE + "$Main");
    }
  }

  /** What has a connection made where the pool has none, and then sends. */
  private static final class Executor extends WovenType {
    Executor() {
      super(CLIENT + "execchain.MainClientExec");
    }

    @Override
    public void transform(TypeTransformer transformer) {
      transformer.applyAdviceToMethod(
          method("establishRoute").taking(5), ADVICE + "$EstablishRoute");
    }
  }

  /** Where connections are made: of 4.4 and later, and of 4.3. */
  private static final class Operator extends WovenType {
    Operator() {
      super(
          CLIENT + "conn.DefaultHttpClientConnectionOperator",
          CLIENT + "conn.HttpClientConnectionOperator");
    }

    @Override
    public void transform(TypeTransformer transformer) {
      transformer.applyAdviceToMethod(method("connect").taking(6), ADVICE + "$Connect");
    }
  }

  /** What shows whether there is TLS: to the application, and to the pool, as a state. */
  private static final class Connection extends WovenType {
    Connection() {
      super(CLIENT + "conn.DefaultManagedHttpClientConnection");
    }

    @Override
    public void transform(TypeTransformer transformer) {
      transformer.applyAdviceToMethod(method("getSSLSession").taking(0), ADVICE + "$Session");
    }
  }
}
