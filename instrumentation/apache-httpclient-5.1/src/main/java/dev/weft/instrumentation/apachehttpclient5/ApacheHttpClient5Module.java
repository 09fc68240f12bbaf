package dev.weft.instrumentation.apachehttpclient5;

import static dev.weft.tooling.MethodMatch.method;

import dev.weft.tooling.Tested;
import dev.weft.tooling.WeftModule;
import dev.weft.tooling.WovenType;
import io.opentelemetry.javaagent.extension.instrumentation.TypeTransformer;
import java.util.List;

/** Weaves Apache HttpClient 5, classic. */
public final class ApacheHttpClient5Module extends WeftModule {
  private static final String HERE = "dev.weft.instrumentation.apachehttpclient5.";
  private static final String ADVICE = HERE + "ApacheHttpClient5Advice";
  private static final String CLIENT = "org.apache.hc.client5.http.impl.";

  /** Made by the service loader. */
  public ApacheHttpClient5Module() {
    super("apache-httpclient5");
  }

  @Override
  public List<String> speaksFor() {
    return List.of("org.apache.hc.client5.");
  }

  @Override
  public Tested tested() {
    return new Tested("httpclient5", "5.1", "5.6");
  }

  @Override
  public List<WovenType> types() {
    return List.of(new Builder(), new Runtime(), new Operator(), new Connection());
  }

  /** Where clients are put together; the one that caches overrides the method. */
  private static final class Builder extends WovenType {
    Builder() {
      super(CLIENT + "classic.HttpClientBuilder", CLIENT + "cache.CachingHttpClientBuilder");
    }

    @Override
    public void transform(TypeTransformer transformer) {
      transformer.applyAdviceToMethod(method("customizeExecChain").taking(1), ADVICE + "$Chain");
    }
  }

  /** What knows how an application gives a call up. */
  private static final class Runtime extends WovenType {
    Runtime() {
      super(CLIENT + "classic.InternalExecRuntime");
    }

    @Override
    public void transform(TypeTransformer transformer) {
      transformer.applyAdviceToMethod(method("fork").taking(1), ADVICE + "$Fork");
    }
  }

  /**
   * Where connections are made. Each version has one more argument; the shorter ones go on to the
   * longest.
   */
  private static final class Operator extends WovenType {
    Operator() {
      super(CLIENT + "io.DefaultHttpClientConnectionOperator");
    }

    @Override
    public void transform(TypeTransformer transformer) {
      for (int arguments = 6; arguments <= 9; arguments++) {
        transformer.applyAdviceToMethod(
            method("connect").taking(arguments), ADVICE + "$Connect" + arguments);
      }
    }
  }

  /** What shows whether there is TLS: to the application, and to the pool, as a state. */
  private static final class Connection extends WovenType {
    Connection() {
      super(CLIENT + "io.DefaultManagedHttpClientConnection");
    }

    @Override
    public void transform(TypeTransformer transformer) {
      transformer.applyAdviceToMethod(method("getSSLSession").taking(0), ADVICE + "$Session");
    }
  }
}
